import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv'

export interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  enum?: unknown[]
  anyOf?: Schema[]
}

interface Media {
  schema: Schema
  example?: unknown
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: Schema
}

interface Operation {
  operationId: string
  tags: string[]
  security: unknown[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, Promised>
}

/** The description of an answer, or a reference to a shared one. */
interface Promised {
  $ref?: string
  headers?: Record<string, HeaderPromise>
  content?: Record<string, Media>
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, Schema>
    responses?: Record<string, Promised>
    headers?: Record<string, HeaderPromise>
  }
}

export interface NamedOperation extends Operation {
  method: string
  /** With `{name}` for each parameter. */
  path: string
}

/** The gateway's own document, and whether answers are as it says. */
export class ApiDocument {
  readonly operations: NamedOperation[]
  readonly document: OpenApiDocument
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true })
  /** The most literal path first. */
  private readonly patterns: { operation: NamedOperation; pattern: RegExp }[]
  private readonly validators = new Map<string, ValidateFunction>()

  constructor(document: OpenApiDocument) {
    this.document = document
    this.ajv.addSchema(document, 'api')
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
    )
    this.patterns = this.operations
      .toSorted((a, b) => parameters(a.path) - parameters(b.path))
      .map((operation) => ({ operation, pattern: patternOf(operation.path) }))
  }

  static async of(url: string): Promise<ApiDocument> {
    const response = await fetch(`${url}/openapi.json`)
    return new ApiDocument((await response.json()) as OpenApiDocument)
  }

  /** The operation that answers this request, the most literal path first. */
  find(method: string, pathname: string): NamedOperation | undefined {
    const verb = method.toLowerCase()
    return this.patterns.find(({ operation, pattern }) => operation.method === verb && pattern.test(pathname))
      ?.operation
  }

  /** Returns the fault of an answer's body by the document; undefined if it has none. */
  faultOf(operation: NamedOperation, status: number, body: unknown): string | undefined {
    const name = `${operation.operationId} ${status}`
    const promised = operation.responses[String(status)]
    if (!promised) return `${name} is not promised`
    const at =
      promised.$ref?.slice(2) ?? pointer('paths', operation.path, operation.method, 'responses', status)
    const { content } = this.promised(promised)
    if (!content?.['application/json']) return `${name} is promised without JSON`
    return this.mismatch(`${at}/content/${pointer('application/json')}/schema`, body, name)
  }

  /** Returns the fault of an answer by the document; undefined if it has none. `text` is a JSON body. */
  faultOfAnswer(method: string, pathname: string, answer: Answer): string | undefined {
    const { status, headers } = answer.response
    const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true
    const body = answer.text === undefined ? undefined : (JSON.parse(answer.text) as unknown)
    const operation = this.find(method, pathname)
    // For an address outside the document, only the refusal is specified.
    if (operation === undefined || status === 405) {
      if (status < 400 || body === undefined) return undefined
      return this.mismatch(`components/schemas/${isProblem ? 'Problem' : 'Error'}`, body, `${status}`)
    }
    const promised = operation.responses[String(status)]
    if (!promised) return `${operation.operationId} does not promise ${status}`
    const type = headers.get('content-type')?.split(';')[0] ?? ''
    const { content = {}, headers: named = {} } = this.promised(promised)
    const anything = '*/*' in content || Object.keys(content).length === 0
    if (!anything && !(type in content))
      return `${operation.operationId} does not promise ${type} for ${status}`
    for (const [name, header] of Object.entries(named)) {
      const fault = this.headerFault(name, header, headers)
      if (fault !== undefined) return `${operation.operationId} ${status}: ${fault}`
    }
    if (body === undefined || (status < 400 && anything)) return undefined
    return isProblem
      ? this.mismatch('components/schemas/Problem', body, `${operation.operationId} ${status}`)
      : this.faultOf(operation, status, body)
  }

  resolve(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : (this.document.components.schemas[name] ?? schema)
  }

  private promised(given: Promised): Promised {
    const name = given.$ref?.split('/').at(-1)
    return name === undefined ? given : (this.document.components.responses?.[name] ?? given)
  }

  private headerFault(name: string, given: HeaderPromise, headers: Headers): string | undefined {
    const shared = given.$ref?.split('/').at(-1)
    const header = shared === undefined ? given : this.document.components.headers?.[shared]
    const value = headers.get(name)
    if (value === null) return header?.required === true ? `no header ${name}` : undefined
    if (header?.schema?.type === 'integer' && !/^\d+$/.test(value)) return `${name} is no number: ${value}`
    if (header?.schema?.enum?.includes(value) === false) return `${name} is ${value}`
    return undefined
  }

  /** Validates a value against the schema at a JSON pointer of the document. @returns the fault, if any */
  private mismatch(place: string, value: unknown, name: string): string | undefined {
    let validate = this.validators.get(place)
    if (!validate) {
      validate = this.ajv.compile({ $ref: `api#/${place}` })
      this.validators.set(place, validate)
    }
    if (validate(value)) return undefined
    return `${name}: ${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 300)}`
  }
}

interface Answer {
  response: { status: number; headers: Headers }
  text: string | undefined
}

interface HeaderPromise {
  $ref?: string
  required?: boolean
  schema?: Schema
}

const patternOf = (path: string) =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
const parameters = (path: string) => path.split('{').length
const pointer = (...parts: (string | number)[]) =>
  parts.map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')

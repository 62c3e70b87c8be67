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

export interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: Schema
}

export interface Operation {
  operationId: string
  tags: string[]
  security: unknown[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
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
  private readonly validators = new Map<string, ValidateFunction>()

  constructor(document: OpenApiDocument) {
    this.document = document
    this.ajv.addSchema(document, 'api')
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
    )
  }

  static async of(url: string): Promise<ApiDocument> {
    const response = await fetch(`${url}/openapi.json`)
    return new ApiDocument((await response.json()) as OpenApiDocument)
  }

  /** The operation that answers this request, the most literal path first. */
  find(method: string, pathname: string): NamedOperation | undefined {
    const fitting = this.operations.filter((operation) => {
      const pattern = operation.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')
      return operation.method === method.toLowerCase() && new RegExp(`^${pattern}$`).test(pathname)
    })
    return fitting.toSorted((a, b) => parameters(a.path) - parameters(b.path))[0]
  }

  /** What is wrong with an answer, by the document; undefined where it is as promised. */
  faultOf(operation: NamedOperation, status: number, body: unknown): string | undefined {
    const promised = operation.responses[String(status)]
    if (!promised) return `${operation.operationId} does not promise ${status}`
    const content = promised.content?.['application/json']
    if (!content) return `${operation.operationId} promises no JSON for ${status}`
    const key = `${operation.operationId} ${status}`
    let validate = this.validators.get(key)
    if (!validate) {
      const pointer = ['paths', operation.path, operation.method, 'responses', String(status), 'content']
      const path = [...pointer, 'application/json', 'schema'].map(escaped).join('/')
      validate = this.ajv.compile({ $ref: `api#/${path}` })
      this.validators.set(key, validate)
    }
    if (validate(body)) return undefined
    return `${key}: ${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(body).slice(0, 300)}`
  }

  resolve(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : (this.document.components.schemas[name] ?? schema)
  }
}

const parameters = (path: string) => path.split('{').length
const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

import type { IncomingMessage } from 'node:http'

/** Reports a faulty request to the control API. */
export class ControlError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Kinds = { string: string; number: number; boolean: boolean }

/** Reads the fields of a JSON body. Missing, mistyped and unknown fields are errors with the field's name. */
export class Fields {
  readonly #values: Record<string, unknown>
  readonly #known = new Set<string>()

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ControlError(400, 'The body must be a JSON object')
    }
    this.#values = { ...value }
  }

  required<K extends keyof Kinds>(name: string, kind: K): Kinds[K] {
    const value = this.optional(name, kind)
    if (value === undefined) throw new ControlError(400, `${name} is missing`)
    return value
  }

  optional<K extends keyof Kinds>(name: string, kind: K): Kinds[K] | undefined {
    this.#known.add(name)
    const value = this.#values[name]
    if (value === undefined) return undefined
    const valid = typeof value === kind && !(kind === 'number' && !Number.isFinite(value))
    if (!valid) throw new ControlError(400, `${name} must be a ${kind}`)
    return value as Kinds[K]
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.optional(name, 'string')
    if (value === undefined) return undefined
    const choice = choices.find((each) => each === value)
    if (choice === undefined) throw new ControlError(400, `${name} must be one of ${choices.join(', ')}`)
    return choice
  }

  /** Returns a field of any other kind, unchecked. */
  raw(name: string): unknown {
    this.#known.add(name)
    return this.#values[name]
  }

  object(name: string): Fields | undefined {
    const value = this.raw(name)
    return value === undefined ? undefined : new Fields(value)
  }

  list<T>(name: string, read: (item: unknown) => T): T[] | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value)) throw new ControlError(400, `${name} must be a list`)
    return value.map(read)
  }

  /** @throws ControlError if the body has more fields than were read */
  end(): void {
    const unknown = Object.keys(this.#values).find((name) => !this.#known.has(name))
    if (unknown !== undefined) throw new ControlError(400, `${unknown} is unknown`)
  }
}

/** Checks an item of a list. @throws ControlError if it is not a string */
export function readString(item: unknown): string {
  if (typeof item !== 'string') throw new ControlError(400, 'The list must contain strings only')
  return item
}

const maxBodyBytes = 32 * 1024 * 1024

/** Reads a body; an empty one counts as `{}`. */
export async function readBody(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) throw new ControlError(413, 'The body is too large')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (text.trim() === '') return new Fields({})
  try {
    return new Fields(JSON.parse(text))
  } catch (error) {
    if (error instanceof ControlError) throw error
    throw new ControlError(400, 'The body is not JSON')
  }
}

/** Selects a page of a list. */
export interface Page {
  readonly after: number
  readonly limit: number
}

/** Reads `?after=…&limit=…`, both whole numbers. */
export function readPage(query: URLSearchParams): Page {
  return { after: wholeNumber(query, 'after', 0), limit: Math.min(wholeNumber(query, 'limit', 100), 5000) }
}

function wholeNumber(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name)
  if (text === null) return otherwise
  if (!/^\d{1,9}$/.test(text)) throw new ControlError(400, `${name} must be a whole number`)
  return Number(text)
}

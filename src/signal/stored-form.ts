/** The fields of an object in stored JSON. */
type Fields = Record<string, unknown>

/** Parses stored JSON; undefined for damaged text. */
export function parseStored(stored: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof stored === 'string' ? stored : bufferOf(stored).toString())
  } catch {
    return undefined
  }
}

/** Tells whether a stored value is an object or a list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** Encodes a key as records have it: base64. */
export function encodeKey(key: Buffer): string {
  return key.toString('base64')
}

/** Decodes a key of a record. */
export function decodeKey(key: string): Buffer {
  return Buffer.from(key, 'base64')
}

/** Returns bytes as a Buffer over the same memory. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

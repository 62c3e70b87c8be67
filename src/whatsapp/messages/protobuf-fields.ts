/** One field of a protobuf message: its number, and its bytes from the tag on. */
export interface Field {
  number: number
  /** The field's bytes, including tag and length. */
  whole: Buffer
  /** The content of a length-delimited field. */
  content: Buffer | null
}

/** Longer fields, in bytes, are invalid: nothing that the phone sends comes near. */
const maxFieldBytes = 64 * 1024 * 1024

/**
 * Yields the top-level fields of a protobuf message as they arrive: at most one field is in memory. @throws Error if
 * the bytes are no protobuf, or end within a field
 */
export async function* protobufFields(source: AsyncIterable<Buffer>): AsyncGenerator<Field> {
  let parts: Buffer[] = []
  let length = 0
  // Buffers are joined only when a complete field may be there: a long field comes in many pieces.
  let wanted = 1
  for await (const piece of source) {
    parts.push(piece)
    length += piece.length
    if (length < wanted) continue
    let rest = parts.length === 1 ? piece : Buffer.concat(parts)
    for (;;) {
      const size = fieldSize(rest)
      if (size === undefined || size.end > rest.length) {
        wanted = size?.end ?? rest.length + 1
        break
      }
      yield fieldIn(rest, size)
      rest = rest.subarray(size.end)
    }
    parts = [rest]
    length = rest.length
  }
  if (length > 0) throw new Error('the message ends within a field')
}

/** Yields the fields of a message in memory. @throws Error if the bytes are no protobuf, or end within a field */
export function* fieldsOf(message: Buffer): Generator<Field> {
  for (let rest = message; rest.length > 0;) {
    const size = fieldSize(rest)
    if (size === undefined || size.end > rest.length) throw new Error('the message ends within a field')
    yield fieldIn(rest, size)
    rest = rest.subarray(size.end)
  }
}

function fieldIn(bytes: Buffer, { number, begin, end }: Size): Field {
  return {
    number,
    whole: bytes.subarray(0, end),
    content: begin === null ? null : bytes.subarray(begin, end),
  }
}

interface Size {
  number: number
  /** Offset at which the content of a length-delimited field begins. */
  begin: number | null
  end: number
}

/** Returns a field's size; undefined if the bytes end before it is known. */
function fieldSize(bytes: Buffer): Size | undefined {
  const tag = readVarint(bytes, 0)
  if (!tag) return undefined
  const number = Math.floor(tag.value / 8)
  switch (tag.value % 8) {
    case 0: {
      const value = readVarint(bytes, tag.end)
      return value && { number, begin: null, end: value.end }
    }
    case 1:
      return { number, begin: null, end: tag.end + 8 }
    case 2: {
      const length = readVarint(bytes, tag.end)
      if (length && length.value > maxFieldBytes) throw new Error('a field is too long')
      return length && { number, begin: length.end, end: length.end + length.value }
    }
    case 5:
      return { number, begin: null, end: tag.end + 4 }
    default:
      throw new Error('this is not a protobuf message')
  }
}

function readVarint(bytes: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = bytes[from + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, end: from + index + 1 }
  }
  throw new Error('this is not a protobuf message')
}

/** Cuts a stream into pieces of the same size, of which only the last may be shorter. `first`: the size of the first piece. */
export async function* regroup(
  source: AsyncIterable<Buffer>,
  size: number,
  first = size,
): AsyncGenerator<{ piece: Buffer; isLast: boolean }> {
  let parts: Buffer[] = []
  let length = 0
  let next = first
  for await (const part of source) {
    parts.push(part)
    length += part.length
    // Whether a piece is the last one is known when more than it is here.
    if (length <= next) continue
    let all = Buffer.concat(parts)
    while (all.length > next) {
      yield { piece: all.subarray(0, next), isLast: false }
      all = all.subarray(next)
      next = size
    }
    parts = [all]
    length = all.length
  }
  yield { piece: Buffer.concat(parts), isLast: true }
}

/** Yields a stream without its last `count` bytes, which it returns; fewer if it is shorter. */
export async function* withoutEnd(
  source: AsyncIterable<Buffer>,
  count: number,
): AsyncGenerator<Buffer, Buffer> {
  let held: Buffer = Buffer.alloc(0)
  for await (const part of source) {
    const all = held.length === 0 ? part : Buffer.concat([held, part])
    const end = Math.max(0, all.length - count)
    if (end > 0) yield all.subarray(0, end)
    held = all.subarray(end)
  }
  return held
}

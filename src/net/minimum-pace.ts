/** The minimum speed of a source, measured over stretches of waiting time. */
export interface MinimumPace {
  bytesPerSecond: number
  stretchMs: number
}

/** The slowest connection worth waiting for: a file of some megabytes takes an hour. */
const minPace: MinimumPace = { bytesPerSecond: 2048, stretchMs: 20_000 }

/**
 * Yields the pieces of a source, which must keep up a minimum pace: a trickle would hold its place for ever. The
 * reader's own time does not count.
 * @throws the error of `tooSlow` if the source falls behind; the source is then left, even in the middle of a piece
 */
export async function* withMinimumPace<T extends Uint8Array>(
  source: AsyncIterable<T>,
  tooSlow: () => Error,
  { bytesPerSecond, stretchMs }: MinimumPace = minPace,
): AsyncGenerator<T> {
  const pieces = source[Symbol.asyncIterator]()
  const leastBytes = (bytesPerSecond * stretchMs) / 1000
  let waitedMs = 0
  let bytes = 0
  let isOver = false
  const endStretch = () => {
    if (bytes < leastBytes) throw tooSlow()
    waitedMs = 0
    bytes = 0
  }
  try {
    for (;;) {
      const began = performance.now()
      const next = await within(pieces.next(), stretchMs - waitedMs, endStretch, stretchMs)
      waitedMs += performance.now() - began
      if (next.done) {
        isOver = true
        return
      }
      bytes += next.value.length
      if (waitedMs >= stretchMs) endStretch()
      yield next.value
    }
  } finally {
    // A waiting generator ends only when its wait is over; do not wait for it.
    if (!isOver) pieces.return?.().then(undefined, () => undefined)
  }
}

/** Waits for a piece, and calls `endStretch`, which may throw, at the end of each stretch. */
function within<T>(
  piece: Promise<T>,
  firstMs: number,
  endStretch: () => void,
  stretchMs: number,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const check = () => {
      try {
        endStretch()
        timer = setTimeout(check, stretchMs)
      } catch (error) {
        reject(error as Error)
      }
    }
    let timer = setTimeout(check, Math.max(firstMs, 0))
    piece.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

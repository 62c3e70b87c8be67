import { randomBytes } from 'node:crypto'

const poolSize = 4096
let pool = Buffer.alloc(0)
let used = 0

/**
 * Returns `count` random bytes for an id, cut from a larger block: asking the system for a few bytes takes longer
 * than storing the row they name. Not for keys, which must not lie in memory beforehand.
 */
export function randomIdBytes(count: number): Buffer {
  if (used + count > pool.length) {
    pool = randomBytes(Math.max(poolSize, count))
    used = 0
  }
  used += count
  return pool.subarray(used - count, used)
}

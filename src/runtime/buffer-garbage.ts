import { collectGarbage } from './garbage.ts'

const lookEveryMs = 10
/** At some hundred megabytes per second the excess between two checks is small. */
const maxBytes = 4 * 1024 * 1024

let watchers = 0
let looking: NodeJS.Timeout | undefined
let least = 0

/**
 * Keeps the process small while a file passes through, until the returned function is called. Each piece of a file
 * leaves short-lived buffers; V8 lets 32 MiB of them gather before it frees them, whatever its settings. Buffers
 * reused so soon are also still in the processor's cache.
 */
export function watchBuffers(): () => void {
  if (watchers++ === 0) begin()
  let isOver = false
  return () => {
    if (isOver) return
    isOver = true
    if (--watchers === 0) clearInterval(looking)
  }
}

function begin(): void {
  least = buffers()
  looking = setInterval(look, lookEveryMs).unref()
}

function look(): void {
  const now = buffers()
  least = Math.min(least, now)
  if (now - least < maxBytes) return
  collectGarbage('minor')
  least = buffers()
}

function buffers(): number {
  return process.memoryUsage().arrayBuffers
}

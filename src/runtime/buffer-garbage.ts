import { collectGarbage } from './garbage.ts'

const lookEveryMs = 10
/** At some hundred megabytes a second it is not much more when it is looked at. */
const maxBytes = 4 * 1024 * 1024

let watchers = 0
let looking: NodeJS.Timeout | undefined
let least = 0

/**
 * Keeps the process small while a file goes through it, until the function that is returned is called. Every piece of a file is
 * a few buffers that nobody needs a moment later; V8 lets 32 MiB of them come together before it gives them back, whatever else
 * it is told. The pieces are in the processor's cache, too, when they are used again so soon.
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

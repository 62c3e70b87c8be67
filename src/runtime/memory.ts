/**
 * Every measure that keeps the process small by reaching into V8. `ZAGUAN_MEMORY=default` switches all of them off, to find out
 * whether one of them causes a fault: the gateway behaves the same and takes more memory. With Node 20.20 (November 2026) a
 * quiet gateway with its sandbox held 134 MB half a minute after the start in place of 167 MB; the other figures are at each
 * measure. `test/runtime/memory.test.ts` fails with a Node that lacks the features they rely on.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** The values of `ZAGUAN_MEMORY`; `small` where it is not set. */
export const memoryModes = ['small', 'default'] as const

let isSmall = true

/**
 * Switches the measures on (`small`) or off (`default`, as in plain Node). Called once, before any other code runs.
 *
 * Left alone, V8 lets garbage grow to several times the live heap before it collects. The target machines are small: 1.5 times
 * is enough, and collecting more often costs less than a hundredth of the time.
 */
export function setMemoryMode(mode: string | undefined): void {
  isSmall = mode !== 'default'
  if (isSmall) setFlagsFromString('--heap-growing-percent=50')
}

type Collect = (options?: { type: 'minor' }) => void

let made: Collect | undefined

/** Collects all garbage, which takes about 50 ms, or only young objects (`minor`), which takes one or two. */
function collectGarbage(which: 'all' | 'minor'): void {
  made ??= make()
  made(which === 'minor' ? { type: 'minor' } : undefined)
}

/** Obtains V8's `gc` function, which exists only in contexts created while the flag is set. */
function make(): Collect {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  setFlagsFromString('--no-expose-gc')
  return collect
}

/** After start-up, and again after the five seconds that V8 observes before it returns pages. */
const startGarbageMs = [10_000, 16_000]

/**
 * Frees the memory that only start-up needed: about a fifth of the total. Node itself would keep it until much more
 * is allocated, which in a quiet process never happens.
 */
export class StartGarbage {
  readonly name = 'start garbage'
  private timers: NodeJS.Timeout[] = []

  start(): void {
    if (!isSmall) return
    this.timers = startGarbageMs.map((ms) => setTimeout(collectGarbage, ms, 'all').unref())
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer)
  }
}

const pollEveryMs = 10
/** At some hundred megabytes per second the excess between two checks is small. */
const maxExcessBytes = 4 * 1024 * 1024

let watchers = 0
let looking: NodeJS.Timeout | undefined
let least = 0

/**
 * Keeps the process small while a file passes through, until the returned function is called. Each piece of a file leaves
 * short-lived buffers; V8 lets 32 MiB of them gather before it frees them, at any setting. Buffers reused so soon are also
 * still in the processor's cache.
 */
export function watchBuffers(): () => void {
  if (!isSmall) return () => undefined
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
  looking = setInterval(look, pollEveryMs).unref()
}

function look(): void {
  const now = buffers()
  least = Math.min(least, now)
  if (now - least < maxExcessBytes) return
  collectGarbage('minor')
  least = buffers()
}

function buffers(): number {
  return process.memoryUsage().arrayBuffers
}

/** V8 compiles WebAssembly anew, optimised, while these are on. */
const optimising = ['wasm-dynamic-tiering', 'wasm-tier-up'] as const
/** By then the first response has been read, unless the server is slow. */
const firstAnswerMs = 2000
let parser: 'none' | 'coming' | 'made' = 'none'

/**
 * Keeps V8 from optimising undici's parser, one huge WebAssembly function. The optimiser takes 30 MiB for it after a
 * large file or some thousand responses and makes it no faster. V8 settles how a function is compiled on its first
 * call, which comes with the first response: WebAssembly tier-up is off until then, and no longer.
 *
 * @param agent undici's, before its first request
 */
export function keepParserPlain(agent: NodeJS.EventEmitter): void {
  if (!isSmall || parser !== 'none') return
  parser = 'coming'
  for (const flag of optimising) setFlagsFromString(`--no-${flag}`)
  const settle = (state: 'none' | 'made') => {
    agent.off('connect', connected).off('connectionError', refused)
    if (parser !== 'coming') return
    parser = state
    for (const flag of optimising) setFlagsFromString(`--${flag}`)
  }
  const connected = () => void setTimeout(settle, firstAnswerMs, 'made').unref()
  const refused = () => settle('none')
  agent.once('connect', connected).once('connectionError', refused)
}

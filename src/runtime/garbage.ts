import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options?: { type: 'minor' }) => void

let made: Collect | undefined

/** Collects all garbage, which takes some 50 ms, or (`minor`) what is young, which takes one or two. */
export function collectGarbage(which: 'all' | 'minor'): void {
  made ??= make()
  made(which === 'minor' ? { type: 'minor' } : undefined)
}

/** The function that does it exists only in contexts made while the flag is set. */
function make(): Collect {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  setFlagsFromString('--no-expose-gc')
  return collect
}

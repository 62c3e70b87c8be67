import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options?: { type: 'minor' }) => void

let made: Collect | undefined

/** Collects all garbage, which takes about 50 ms, or only young objects (`minor`), which takes one or two. */
export function collectGarbage(which: 'all' | 'minor'): void {
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

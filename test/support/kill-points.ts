import type { DaemonOptions } from './processes.ts'

const preload = new URL('kill-points.mjs', import.meta.url).href

/** The point of its flows at which the next process of a daemon kills itself, by its name in `kill-points.mjs`. */
export interface KillPoints {
  /** Undefined for a process that lives, which is the built program as it is. */
  next: string | undefined
  options: Pick<DaemonOptions, 'env' | 'inModules'>
}

/** Makes the options of a daemon that kills itself where its test says. */
export function killPoints(): KillPoints {
  const points: KillPoints = {
    next: undefined,
    options: {
      env: {
        get NODE_OPTIONS() {
          return points.next === undefined ? undefined : `--import=${preload}`
        },
        get KILL_POINT() {
          return points.next
        },
      },
      inModules: () => points.next !== undefined,
    },
  }
  return points
}

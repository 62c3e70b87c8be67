import type { Logger } from '../util/logger.ts'
import type { Log } from './log.ts'

/** Logs the sandbox's events for debugging, except a changed port, which everybody should see. */
export function logTo(log: Logger): Log {
  return (event, fields) => {
    if (event !== 'port_taken') return log.debug({ ...fields }, event)
    log.warn(
      { ...fields },
      'the port of the sandbox is taken: it listens on another one, so clients outside need the new address',
    )
  }
}

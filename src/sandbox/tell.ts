import type { Logger } from '../util/logger.ts'
import type { Log } from './log.ts'

/** What the sandbox does is for whoever looks for a fault; that it moved to another port is for everybody. */
export function tellTo(log: Logger): Log {
  return (event, fields) => {
    if (event !== 'port_taken') return log.debug({ ...fields }, event)
    log.warn(
      { ...fields },
      'another program has the port that the sandbox had: it listens on another one, and clients outside need its new address',
    )
  }
}

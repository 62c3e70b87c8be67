import { connect } from 'node:net'
import type { DestinationPolicy } from '../../net/destination.ts'

/** Checks whether the receiver accepts connections. Sends nothing: a recovered receiver gets its deliveries. */
export function probe(
  url: URL,
  policy: DestinationPolicy,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<boolean> {
  if (!policy.allowsLiteral(url) || options.signal.aborted) return Promise.resolve(false)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({ host, port, lookup: policy.lookup })
    const end = (isOpen: boolean) => {
      clearTimeout(timer)
      options.signal.removeEventListener('abort', giveUp)
      socket.destroy()
      resolve(isOpen)
    }
    const giveUp = () => end(false)
    const timer = setTimeout(giveUp, options.timeoutMs)
    options.signal.addEventListener('abort', giveUp, { once: true })
    socket.once('connect', () => end(true))
    socket.once('error', giveUp)
  })
}

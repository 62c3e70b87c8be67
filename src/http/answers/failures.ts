import { AppError } from '../../core/errors.ts'
import type { Clock } from '../../util/clock.ts'

const maxFailures = 60
const windowMs = 60_000
const maxAddresses = 10_000

/**
 * Counts failed authentications per address and minute. Only failures are refused, so a client that shares an address
 * with a guesser, behind a proxy for instance, still gets in with a valid key. In memory: keys are too long to guess,
 * the limit only saves work.
 */
export class Failures {
  private readonly clock: Clock
  private readonly counts = new Map<string, { count: number; until: number }>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Counts a failure. @throws AppError rate_limit_exceeded beyond the limit */
  add(address: string): void {
    const now = this.clock.now().getTime()
    const network = networkOf(address)
    let entry = this.counts.get(network)
    if (!entry || entry.until <= now) {
      if (this.counts.size >= maxAddresses) this.counts.clear()
      entry = { count: 0, until: now + windowMs }
      this.counts.set(network, entry)
    }
    entry.count++
    if (entry.count <= maxFailures) return
    throw new AppError('rate_limit_exceeded', 'Too many requests without a valid key from this address', {
      retryAt: new Date(entry.until),
    })
  }
}

/** Returns the network to count: a household can choose from a /64 of IPv6 addresses. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  return address.split(':').slice(0, 4).join(':')
}

import type { AccountId } from '../../core/ids.ts'
import { phoneOf } from '../../core/jid.ts'
import type { Line } from '../../core/ports.ts'
import {
  findNumberCheck,
  nthNewestCheck,
  pruneNumberChecks,
  putNumberCheck,
} from './queries/number-checks.ts'
import type { NumberCheck } from './queries/number-checks.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'

const dayMs = 86_400_000
const keptMs = 31 * dayMs
const keptNegativeMs = dayMs
const perMinute = 10

/** Says whether a number is on WhatsApp. */
export type NumberStatus =
  | { kind: 'known'; jid: string }
  | { kind: 'unknown' }
  /** Too many numbers were looked up; try again then. */
  | { kind: 'later'; until: Date }

/**
 * Looks up whether numbers are on WhatsApp: once each, cached for a month (a day if not), and never many at a time.
 */
export class NumberChecks {
  private readonly parts: { store: Store; clock: Clock; paced: boolean }

  constructor(parts: NumberChecks['parts']) {
    this.parts = parts
  }

  /** Looks up the number of a jid. Rejects if WhatsApp does not answer. */
  async ask(accountId: AccountId, jid: string, line: Line): Promise<NumberStatus> {
    const { store, clock, paced } = this.parts
    const phone = phoneOf(jid)
    if (phone === null || line.lookUp === undefined) return { kind: 'known', jid }
    const now = clock.now()
    const kept = await findNumberCheck(store.read, accountId, phone)
    if (kept && isFresh(kept, now)) return toNumberStatus(kept.jid)
    const tenth = paced ? await nthNewestCheck(store.read, accountId, perMinute) : undefined
    const until = new Date((tenth?.getTime() ?? -Infinity) + 60_000)
    if (tenth && until > now) return { kind: 'later', until }
    const found = await line.lookUp(phone)
    await store.write((trx) => putNumberCheck(trx, accountId, phone, { jid: found, checkedAt: now }))
    return toNumberStatus(found)
  }

  async prune(): Promise<void> {
    const { store, clock } = this.parts
    await store.write((trx) => pruneNumberChecks(trx, new Date(clock.now().getTime() - keptMs)))
  }
}

function isFresh({ jid, checkedAt }: NumberCheck, now: Date): boolean {
  const age = now.getTime() - checkedAt.getTime()
  return age >= 0 && age < (jid === null ? keptNegativeMs : keptMs)
}

function toNumberStatus(jid: string | null): NumberStatus {
  return jid === null ? { kind: 'unknown' } : { kind: 'known', jid }
}

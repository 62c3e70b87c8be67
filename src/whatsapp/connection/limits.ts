import type { NewChatMessageCapInfo, ReachoutTimelockState, WASocket } from '@whiskeysockets/baileys'
import type { AccountId } from '../../core/ids.ts'
import type { NewChatCap, ReachoutLock } from '../../core/restriction.ts'
import type { Inbound } from '../../core/ports.ts'
import type { Logger } from '../../util/logger.ts'

const askEveryMs = 6 * 60 * 60_000
/** Refusals come in bursts; one query answers them all. */
const askAgainMs = 2000
const maxAheadMs = 5 * 365 * 86_400_000

/**
 * Watches WhatsApp's limits on writing to strangers: asks after each connection, every six hours and after a refusal,
 * and listens for notifications.
 */
export class LimitWatch {
  private readonly parts: {
    sock: WASocket
    accountId: AccountId
    inbound: Pick<Inbound, 'restricted'>
    log: Logger
  }
  private timer: NodeJS.Timeout | undefined
  private soon: NodeJS.Timeout | undefined
  private ended = false

  constructor(parts: LimitWatch['parts']) {
    this.parts = parts
  }

  start(): void {
    const { ev } = this.parts.sock
    ev.on('connection.update', ({ reachoutTimeLock }) => {
      if (reachoutTimeLock) this.report({ lock: readLock(reachoutTimeLock) })
    })
    ev.on('message-capping.update', (cap) => this.report({ cap: readCap(cap) }))
    this.timer = setInterval(() => this.ask(), askEveryMs)
    this.ask()
  }

  stop(): void {
    this.ended = true
    clearInterval(this.timer)
    clearTimeout(this.soon)
  }

  /** Asks again, since a message was refused with 463 or 475. */
  refused(): void {
    if (this.ended) return
    clearTimeout(this.soon)
    this.soon = setTimeout(() => this.ask(), askAgainMs)
  }

  private ask(): void {
    const { sock, accountId, log } = this.parts
    const fault = (error: unknown) => {
      if (!this.ended)
        log.debug({ account: accountId, err: error }, 'WhatsApp did not report the account’s limits')
    }
    // The answer also arrives as an event.
    sock.fetchAccountReachoutTimelock().catch(fault)
    sock
      .fetchNewChatMessageCap()
      .then((cap) => this.report({ cap: readCap(cap) }))
      .catch(fault)
  }

  private report(report: Parameters<Inbound['restricted']>[1]): void {
    const { accountId, inbound, log } = this.parts
    if (this.ended) return
    if (report.lock?.active)
      log.warn({ account: accountId, ...report.lock }, 'WhatsApp lets the account start no new chats')
    if (report.cap && report.cap.status !== 'none')
      log.warn({ account: accountId, ...report.cap }, 'WhatsApp limits new chats')
    inbound.restricted(accountId, report).catch((error: unknown) => {
      log.error({ account: accountId, err: error }, 'the account’s limits could not be stored')
    })
  }
}

function readLock(lock: ReachoutTimelockState): ReachoutLock {
  const until = lock.timeEnforcementEnds ?? null
  const active = lock.isActive === true
  const type = typeof lock.enforcementType === 'string' ? lock.enforcementType.slice(0, 60) : null
  return { active, until: active ? sensible(until?.getTime()) : null, type: active ? type : null }
}

const statuses: Record<string, NewChatCap['status']> = {
  FIRST_WARNING: 'first_warning',
  SECOND_WARNING: 'second_warning',
  CAPPED: 'capped',
}

function readCap(cap: NewChatMessageCapInfo | null | undefined): NewChatCap {
  const count = (value: unknown) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : null)
  const ends = Number(cap?.cycle_end_timestamp ?? 0) * 1000
  return {
    status: statuses[cap?.capping_status ?? ''] ?? 'none',
    total: count(cap?.total_quota),
    used: count(cap?.used_quota),
    until: sensible(ends),
  }
}

/** Checks a time from outside: null if missing or absurd. */
function sensible(ms: number | undefined): Date | null {
  if (ms === undefined || !Number.isFinite(ms) || ms <= 0 || ms > Date.now() + maxAheadMs) return null
  return new Date(ms)
}

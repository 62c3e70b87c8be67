import type { AccountId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { countsOfAccount } from '../chats/records.ts'
import { countConversationsBetween } from './queries/analytics.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'

/** Holds an account's figures. */
export interface Overview {
  totalConversations: number
  /** Conversations that began within the period. */
  conversationsInPeriod: number
  totalCustomers: number
  activeConversations: number
  period: { start: Date; end: Date }
}

/** Computes an account's activity in figures. */
export class Analytics {
  private readonly store: Store
  private readonly clock: Clock

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  /**
   * Returns the figures of the current UTC month, or of the given period. @throws AppError invalid_request if it ends
   * before it begins
   */
  async overview(
    accountId: AccountId,
    asked: { from?: Date | undefined; to?: Date | undefined },
  ): Promise<Overview> {
    const end = asked.to ?? this.clock.now()
    const start = asked.from ?? new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth(), 1))
    if (start > end) {
      throw new AppError('invalid_request', 'The period ends before it begins', {
        details: [{ field: 'query.from', message: 'expected a time before the end of the period' }],
      })
    }
    const db = this.store.read
    const counts = await countsOfAccount(db, accountId)
    const active = counts.pending + counts.in_progress
    return {
      totalConversations: active + counts.resolved,
      conversationsInPeriod: await countConversationsBetween(db, accountId, { from: start, to: end }),
      totalCustomers: counts.customers,
      activeConversations: active,
      period: { start, end },
    }
  }
}

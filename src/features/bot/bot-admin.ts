import type { AccountId } from '../../core/ids.ts'
import type { GateVerdict } from './rules/bot-gate.ts'
import type { BotConfig } from './rules/bot-settings.ts'
import { localTime } from '../../core/time/local-time.ts'
import type { TurnReport } from './rules/bot-turn.ts'
import { AppError } from '../../core/errors.ts'
import { dayUse } from './queries/log-and-use.ts'
import { findBotChat, findChat } from '../chats/records.ts'
import type { DayUse } from './queries/log-and-use.ts'
import type { Store } from '../../db/store.ts'
import { countBlocks, listTurns } from './queries/turns.ts'
import type { Clock } from '../../util/clock.ts'
import { askGate } from './bot-gate.ts'
import { noteAudit } from '../events/audit.ts'
import { optIn, optOut } from '../sending/consent.ts'
import type { Takeover } from '../messages/takeover.ts'

/** Shows the bot to its owner, and changes it in a chat. */
export class BotAdmin {
  private readonly parts: {
    store: Store
    clock: Clock
    config: BotConfig
    takeover: Takeover
    modelConfigured: boolean
  }

  constructor(parts: BotAdmin['parts']) {
    this.parts = parts
  }

  /**
   * Lists the turns of an account or one of its chats, newest first. @throws AppError not_found for an unknown chat
   */
  async turns(
    accountId: AccountId,
    page: { chat?: string | undefined; before?: number | undefined; limit: number },
  ): Promise<TurnReport[]> {
    const chatId = page.chat === undefined ? undefined : await this.chatId(accountId, page.chat)
    return listTurns(this.parts.store.read, accountId, { chatId, before: page.before, limit: page.limit })
  }

  /** Tells whether the bot would answer a message that came now, and why not. @throws AppError not_found */
  async verdict(accountId: AccountId, jid: string): Promise<GateVerdict> {
    const { store, clock, config, modelConfigured } = this.parts
    const chat = await findBotChat(store.read, await this.chatId(accountId, jid))
    if (!chat) throw new AppError('not_found', 'No such chat')
    return askGate(store.read, { chat, message: null, config, modelConfigured, now: clock.now() })
  }

  /**
   * Gives a chat to a person or back, and records whether its customer accepts messages. @throws AppError not_found
   */
  async change(
    accountId: AccountId,
    jid: string,
    change: { human?: boolean | undefined; optedOut?: boolean | undefined },
  ): Promise<GateVerdict> {
    const { store, clock, takeover } = this.parts
    const id = await this.chatId(accountId, jid)
    await store.write(async (trx) => {
      if (change.human === true) await takeover.begin(accountId, id)
      if (change.human === false) await takeover.end(id)
      if (change.optedOut !== undefined) {
        const at = clock.now()
        const isChanged = await (change.optedOut ? optOut : optIn)(trx, { accountId, chatId: id }, at)
        const detail = { optedOut: change.optedOut }
        const audited = { action: 'chat.changed', accountId, subject: `chat ${id}`, detail } as const
        if (isChanged) await noteAudit(trx, audited, at)
      }
    })
    return this.verdict(accountId, jid)
  }

  /** Returns an account's usage today, and how often each rule held a draft back in the last 30 days. */
  async usage(accountId: AccountId): Promise<{ today: DayUse; blocked: { rule: string; count: number }[] }> {
    const { store, clock, config } = this.parts
    const now = clock.now()
    const day = localTime(now, config.schedule.timeZone).date
    const { account } = await dayUse(store.read, accountId, 0, day)
    const since = new Date(now.getTime() - 30 * 86_400_000)
    return { today: account, blocked: await countBlocks(store.read, accountId, since) }
  }

  private async chatId(accountId: AccountId, jid: string): Promise<number> {
    const chat = await findChat(this.parts.store.read, accountId, jid)
    if (!chat) throw new AppError('not_found', 'No such chat')
    return chat.id
  }
}

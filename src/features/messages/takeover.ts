import type { AccountId, ChatId } from '../../core/ids.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { endedTakeovers, findBotChat } from '../chats/records.ts'
import { giveBack, giveToPerson } from '../chats/takeover.ts'
import type { Takeovers, TakingOver } from '../chats/takeover.ts'
import { noteAudit } from '../events/audit.ts'
import { waitingBotMessages } from './queries/waiting-messages.ts'
import { changeStatus } from './statuses.ts'

/**
 * Gives a chat to a person, in the running transaction: the bot is silent there from now on, and its unsent messages
 * are cancelled. Each further message of the person extends it.
 */
export async function takeOver(trx: Trx, taking: TakingOver): Promise<void> {
  const { accountId, chatId, at } = taking
  const chat = await findBotChat(trx, chatId)
  if (!chat || chat.accountId !== accountId) return
  for (const waId of await waitingBotMessages(trx, chatId)) {
    await changeStatus(trx, accountId, waId, { status: 'cancelled', reason: 'cancelled', detail: null, at })
  }
  await giveToPerson(trx, chat, taking)
}

/** Decides who has a chat: the bot or a person. */
export class Takeover implements Takeovers {
  private readonly parts: { store: Store; clock: Clock; humanMs: number }

  constructor(parts: Takeover['parts']) {
    this.parts = parts
  }

  /** Gives the chat to a person. Joins a running write. */
  begin(accountId: AccountId, chatId: ChatId, operatorId: number | null = null): Promise<void> {
    return this.parts.store.write(async (trx) => {
      const at = this.parts.clock.now()
      await takeOver(trx, { accountId, chatId, operatorId, forMs: this.parts.humanMs, at })
      await noteAudit(trx, { action: 'chat.taken_over', accountId, subject: `chat ${chatId}` }, at)
    })
  }

  /** Lets the bot answer again. Joins a running write. */
  end(chatId: ChatId): Promise<boolean> {
    return this.parts.store.write(async (trx) => {
      const at = this.parts.clock.now()
      const chat = await findBotChat(trx, chatId)
      const isBack = await giveBack(trx, chatId, at)
      const accountId = chat?.accountId ?? null
      if (isBack)
        await noteAudit(trx, { action: 'chat.given_back', accountId, subject: `chat ${chatId}` }, at)
      return isBack
    })
  }

  /** Gives back every chat whose person has been silent for long enough. */
  async endDue(): Promise<void> {
    const now = this.parts.clock.now()
    const chats = await endedTakeovers(this.parts.store.read, now)
    if (chats.length === 0) return
    await this.parts.store.write(async (trx) => {
      for (const chatId of chats) {
        const chat = await findBotChat(trx, chatId)
        // Checked again: a person may have written since.
        if (chat?.humanUntil && chat.humanUntil <= now) await giveBack(trx, chatId, now)
      }
    })
  }
}

import type { AccountId } from '../../core/ids.ts'
import type { Conversation, ConversationPatch, ConversationStatus } from '../../core/conversation.ts'
import { AppError } from '../../core/errors.ts'
import {
  countsOfAccount,
  findConversation,
  idleConversations,
  listConversations,
  setConversationStatus,
} from './queries/conversations-lists.ts'
import { findOpenConversation } from './queries/conversations.ts'
import { appendEvent } from '../events/records.ts'
import { changeChat } from './change-chat.ts'
import type { Store } from '../../db/store.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { giveBack } from './takeover.ts'
import type { Takeovers } from './takeover.ts'
import type { Page } from '../../core/page.ts'

/** Idle conversations that one transaction resolves. */
const sweepSize = 200

/** Reads the conversations of an account, and moves them between bot, operator and their end. */
export class Conversations {
  private readonly parts: { store: Store; clock: Clock; takeover: Takeovers }

  constructor(parts: Conversations['parts']) {
    this.parts = parts
  }

  async list(
    accountId: AccountId,
    page: Page & { status?: ConversationStatus | undefined },
  ): Promise<{ conversations: Conversation[]; total: number }> {
    const db = this.parts.store.read
    const conversations = await listConversations(db, accountId, page)
    const counts = await countsOfAccount(db, accountId)
    const all = counts.pending + counts.in_progress + counts.resolved
    return { conversations, total: page.status === undefined ? all : counts[page.status] }
  }

  /** @throws AppError not_found */
  get(accountId: AccountId, id: number): Promise<Conversation> {
    return getConversation(this.parts.store.read, accountId, id)
  }

  /**
   * Returns a conversation to write in, in the running transaction. A resolved one opens again if the message goes out `now`.
   * @throws AppError not_found; conflict if another conversation of the chat is open
   */
  async forMessage(
    trx: Trx,
    about: { accountId: AccountId; id: number; now: boolean },
  ): Promise<Conversation> {
    const conversation = await getConversation(trx, about.accountId, about.id)
    if (conversation.status !== 'resolved') return conversation
    await refuseSecondOpen(trx, conversation, 'send the message there')
    if (about.now) await move(trx, conversation, 'in_progress', this.parts.clock.now())
    return conversation
  }

  /**
   * Changes the status, hands the conversation to an operator or back, or switches the bot on or off in its chat.
   * @throws AppError not_found; conflict if another conversation of the chat is open
   */
  async update(accountId: AccountId, id: number, patch: ConversationPatch): Promise<Conversation> {
    return this.parts.store.write(async (trx) => {
      const before = await getConversation(trx, accountId, id)
      const at = this.parts.clock.now()
      if (patch.botEnabled !== undefined) {
        await changeChat(trx, before, { botEnabled: patch.botEnabled }, at)
      }
      const { status, takeover } = patch
      if (status !== undefined && status !== 'resolved' && before.status === 'resolved') {
        await refuseSecondOpen(trx, before, 'resolve it first')
      }
      if (status !== undefined) await move(trx, before, status, at)
      if (takeover === true) await this.begin(trx, before)
      if (takeover === false) await this.parts.takeover.end(before.chatId)
      return getConversation(trx, accountId, id)
    })
  }

  private async begin(trx: Trx, { accountId, id, chatId }: Conversation): Promise<void> {
    const { status } = await getConversation(trx, accountId, id)
    if (status === 'resolved') {
      throw new AppError('conflict', 'This conversation is resolved: open it again to take it over.')
    }
    await this.parts.takeover.begin(accountId, chatId)
  }

  /** Resolves open conversations without activity since `before`. @returns how many */
  async resolveIdle(before: Date): Promise<number> {
    let resolved = 0
    for (;;) {
      const idle = await idleConversations(this.parts.store.read, before, sweepSize)
      if (idle.length === 0) return resolved
      resolved += idle.length
      await this.parts.store.write(async (trx) => {
        for (const { id, accountId } of idle) {
          const conversation = await findConversation(trx, accountId, id)
          // A message may have come meanwhile.
          if (!conversation || conversation.updatedAt >= before) continue
          await move(trx, conversation, 'resolved', this.parts.clock.now())
        }
      })
    }
  }
}

async function getConversation(db: Db, accountId: AccountId, id: number): Promise<Conversation> {
  const conversation = await findConversation(db, accountId, id)
  if (!conversation) throw new AppError('not_found', 'No such conversation')
  return conversation
}

async function refuseSecondOpen(trx: Trx, { chatId }: Conversation, advice: string): Promise<void> {
  const open = await findOpenConversation(trx, chatId)
  if (!open) return
  throw new AppError('conflict', `Conversation ${open.id} of the same chat is open: ${advice}.`)
}

/** Moves a conversation to another status and writes the events; does nothing if it has that status. */
async function move(trx: Trx, before: Conversation, status: ConversationStatus, at: Date): Promise<void> {
  const { accountId, chatId, id: conversationId } = before
  if (before.status === status) return
  // The operator has nothing left to do in it.
  if (status === 'resolved' && before.operatorId !== null) await giveBack(trx, chatId, at)
  await setConversationStatus(trx, conversationId, { status, at })
  const about = { accountId, chatId } as const
  const ref = { conversationId, chatId }
  await appendEvent(trx, { name: 'conversation.updated', ...about, data: { ...ref, status } }, at)
  if (status === 'resolved') {
    await appendEvent(trx, { name: 'conversation.resolved', ...about, data: ref }, at)
  }
}

import type { AccountId, ChatId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'
import { noteAudit } from '../events/audit.ts'
import type { ChatPatch } from './chat.ts'
import { updateChat } from './queries/chats.ts'

/** Changes a chat, and notes in the audit log if that switches its bot on or off. `before` is the chat as it is. */
export async function changeChat(
  trx: Trx,
  before: { accountId: AccountId; chatId: ChatId; botEnabled: boolean },
  patch: ChatPatch,
  at: Date,
): Promise<void> {
  const { accountId, chatId } = before
  await updateChat(trx, chatId, patch)
  const { botEnabled } = patch
  if (botEnabled === undefined || botEnabled === before.botEnabled) return
  const subject = `chat ${chatId}`
  await noteAudit(trx, { action: 'chat.changed', accountId, subject, detail: { botEnabled } }, at)
}

import type { MessageAction } from '../../../core/content.ts'
import type { AccountId, ChatId } from '../../../core/ids.ts'
import { jidsOf } from '../../../core/chat-address.ts'
import type { ActionKind } from '../../../core/message-kind.ts'
import type { SealedContents } from '../../../core/ports.ts'
import type { Trx } from '../../../db/tables.ts'
import { allAddresses } from '../../contacts/identity.ts'
import { findChatsSeen } from '../../contacts/records.ts'
import type { ChatSeen } from '../../contacts/records.ts'
import type { Change, IncomingChange, IncomingMessage } from '../../../core/messages/incoming.ts'
import { isReady, makeChange, makeOpened } from './make-change.ts'
import type { ChangeContext } from './make-change.ts'
import { findNamed, nameOf } from '../named-messages.ts'
import {
  dropEarlyChange,
  earlyChangesFrom,
  earlyChangesOf,
  keepEarlyChange,
} from '../queries/early-changes.ts'
import type { EarlyChange } from '../queries/early-changes.ts'
import { setTimer } from '../../chats/records.ts'
import { setDetails } from '../queries/message-changes.ts'
import { removeUnreadable } from '../queries/message-removal.ts'

/** Holds the rules by which a change is made. */
export type ChangeRules = Required<Omit<ChangeContext, 'incoming' | 'chat'>> & { contents: SealedContents }

/** Holds the rules for a change that has just come: `waits` if it may wait for its message. */
type TakingRules = ChangeRules & { waits: boolean }

/** Holds the rules for the changes of one chat. */
type ChatRules = ChangeRules & Pick<ChangeContext, 'chat'>

type Targeted = Exclude<Change, { kind: 'timer' }>

/** Says whether a change was made, waits for its message, or cannot be decrypted although the message is there. */
export type ChangeOutcome = 'made' | 'waits' | 'shut'

/**
 * Applies a stanza's change to one of its person's `chats`, or to a message there. It may come twice and in any order: known and older changes have no
 * effect; a change that precedes its message is kept until that comes, an encrypted one until the secret comes. Opens
 * neither chat nor conversation.
 */
export async function applyChange(
  trx: Trx,
  incoming: IncomingChange,
  chats: readonly ChatSeen[],
  { waits, ...rules }: TakingRules,
): Promise<ChangeOutcome> {
  const { accountId } = rules
  const { change } = incoming
  if (change.kind === 'timer') {
    for (const { id } of chats) await setTimer(trx, id, { seconds: change.seconds, at: incoming.at })
    return 'made'
  }
  let isShut = false
  for (const chat of chats) {
    const message = await findNamed(trx, nameOf(accountId, chat.id, change.target))
    if (!message) continue
    if (await makeOpened(trx, message, { ...rules, incoming, chat })) return 'made'
    isShut = isReady(message, change)
  }
  if (!waits) {
    rules.dropped.push('erased')
    return 'made'
  }
  const [sender = ''] = jidsOf(incoming.chat)
  const kept = { accountId, targetWaId: change.target.waId, sender, incoming, at: rules.now }
  const gone = await keepEarlyChange(trx, kept)
  for (let n = 0; n < gone; n++) rules.dropped.push('target_missing')
  return isShut ? 'shut' : 'waits'
}

/** Applies a change that this account sent, once WhatsApp has accepted it. */
export async function makeOwnChange(
  trx: Trx,
  own: {
    accountId: AccountId
    chatId: ChatId
    waId: string
    action: MessageAction
    kind: ActionKind
    now: Date
  },
): Promise<void> {
  const { accountId, chatId, action, kind, now } = own
  const { target, text } = action
  const change = {
    reaction: { kind, target, emoji: text },
    edit: { kind, target, text },
    delete: { kind, target },
  }
  const message = await findNamed(trx, nameOf(accountId, chatId, target))
  if (!message) return
  const incoming: IncomingChange = {
    // Only a placeholder: the row names the chat.
    chat: { kind: 'person', phone: null, lid: null, group: null },
    waId: own.waId,
    fromMe: true,
    by: [],
    at: new Date(action.at),
    origin: 'api',
    change: change[kind] as Targeted,
  }
  const chat = { id: chatId, phone: null, lid: null, customerId: null }
  await makeChange(trx, message, { accountId, incoming, chat, keepFormer: action.keepFormer, now })
}

/** Applies the changes that came before their message, which has the id `waId` in `chat`. */
export async function applyPendingChanges(trx: Trx, waId: string, making: ChatRules): Promise<void> {
  const { accountId, chat } = making
  for (const early of await earlyChangesOf(trx, accountId, waId)) {
    // An id is unique only within its chat: another chat's message may have the same one.
    await applyPendingChange(trx, early, { ...making, only: chat.id })
  }
}

/** Applies changes that waited until these jids were known to be one person's. */
export async function applyPendingChangesFor(
  trx: Trx,
  jids: readonly string[],
  rules: ChangeRules,
): Promise<void> {
  for (const early of await earlyChangesFrom(trx, rules.accountId, jids)) {
    await applyPendingChange(trx, early, rules)
  }
}

async function applyPendingChange(
  trx: Trx,
  { id, incoming }: EarlyChange,
  making: ChangeRules & { only?: ChatId },
): Promise<void> {
  const { accountId, only } = making
  const { change } = incoming
  if (change.kind === 'timer') return
  for (const chat of await findChatsSeen(trx, accountId, jidsOf(incoming.chat))) {
    if (only !== undefined && chat.id !== only) continue
    const message = await findNamed(trx, nameOf(accountId, chat.id, change.target))
    if (!message || !(await makeOpened(trx, message, { ...making, chat, incoming }))) continue
    await dropEarlyChange(trx, id)
    if (change.kind !== 'sealed') return
    // Until now it stood in the chat as an unreadable message.
    const direction = incoming.fromMe ? 'outgoing' : 'incoming'
    const by = await allAddresses(trx, accountId, incoming.by)
    return removeUnreadable(trx, { accountId, chatId: chat.id, waId: incoming.waId, direction, by })
  }
}

/**
 * Adds the secret to a message stored without it, when the message comes once more; then applies the changes that waited for
 * the secret.
 */
export async function learnSecret(
  trx: Trx,
  { waId, fromMe, participant, details }: IncomingMessage,
  making: ChatRules,
): Promise<void> {
  const secret = details?.secret
  if (secret === undefined) return
  const { accountId, chat } = making
  const known = await findNamed(trx, nameOf(accountId, chat.id, { waId, fromMe, participant }))
  if (!known || known.deletedAt !== null || known.details?.secret !== undefined) return
  await setDetails(trx, known.id, { ...known.details, secret })
  await applyPendingChanges(trx, waId, making)
}

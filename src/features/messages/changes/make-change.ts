import { isDeepStrictEqual } from 'node:util'
import type { EventAnswer, PollOption } from '../../../core/content.ts'
import type { AccountId, ChatId, MessageId } from '../../../core/ids.ts'
import { phoneJid } from '../../../core/jid.ts'
import { isAction } from '../../../core/message-kind.ts'
import type { MessageKind } from '../../../core/message-kind.ts'
import type { SealedContents } from '../../../core/ports.ts'
import type { Trx } from '../../../db/tables.ts'
import { findAccount } from '../../accounts/records.ts'
import { refreshPreview, isAdministrator } from '../../chats/records.ts'
import { allAddresses } from '../../contacts/identity.ts'
import type { ChatSeen } from '../../contacts/records.ts'
import { dropFileOf } from '../../media/records.ts'
import { doneBy, reportChange } from './change-events.ts'
import type { Change, IncomingChange } from '../../../core/messages/incoming.ts'
import { previewOf } from '../message.ts'
import { chosenOptions, withOptions } from './poll-vote.ts'
import { deleteAnnotations, annotatorKey, putAnswer, putReaction, putVote } from '../queries/annotations.ts'
import { blank, insertRevision, setDetails, setText } from '../queries/message-changes.ts'
import type { TargetMessage } from '../queries/message-changes.ts'
import type { FormerDetails } from '../message-details.ts'
import { removeUndecrypted } from '../queries/undecrypted.ts'
import { opened } from './unsealing.ts'
import type { UnkeptReason } from '../../../core/messages/unkept.ts'

/** Holds a change being made, with the rules for it. */
export interface ChangeContext {
  accountId: AccountId
  incoming: IncomingChange
  /** The chat in which it was made. */
  chat: Pick<ChatSeen, 'id' | 'phone' | 'lid' | 'customerId'>
  keepFormer: boolean
  now: Date
  /** Collects the reasons of changes that have no effect. */
  dropped?: UnkeptReason[]
}

/** Applies a decrypted change; false if its message, or its secret, has yet to come. */
export async function makeOpened(
  trx: Trx,
  message: TargetMessage,
  making: ChangeContext & { contents: SealedContents },
): Promise<boolean> {
  if (!isReady(message, making.incoming.change)) return false
  // Deletion also removes the secret.
  if (message.deletedAt !== null) return true
  const incoming = await opened(trx, message, making, making.contents)
  if (incoming) await makeChange(trx, message, { ...making, incoming })
  return incoming !== undefined
}

/** Tells whether the content that the change is about is there. */
export function isReady(message: TargetMessage, { kind }: Change): boolean {
  return message.kind !== 'undecryptable' || kind === 'reaction' || kind === 'delete'
}

/** Makes a decrypted change to its message; one that is not permitted, or older than the last, has no effect. */
export async function makeChange(trx: Trx, message: TargetMessage, making: ChangeContext): Promise<void> {
  const { change } = making.incoming
  // A deleted message stays deleted; an action is no message for people.
  if (message.deletedAt !== null || isAction(message.kind)) return
  switch (change.kind) {
    case 'reaction':
      return react(trx, message, change.emoji, making)
    case 'vote':
      return vote(trx, message, change, making)
    case 'answer':
      return answer(trx, message, change.answer, making)
    case 'edit':
      return edit(trx, message, change, making)
    case 'options':
      return addOptions(trx, message, change.options, making)
    case 'delete':
      return erase(trx, message, making)
    case 'sealed':
    case 'timer':
      return
    default:
      change satisfies never
  }
}

async function react(trx: Trx, message: TargetMessage, emoji: string, making: ChangeContext): Promise<void> {
  const { incoming } = making
  const person = await findAnnotatorKey(trx, making)
  const mark = { messageId: message.id, person, value: emoji, at: incoming.at.getTime() }
  if (!(await putReaction(trx, mark))) return
  const said = { emoji: emoji === '' ? null : emoji }
  const data = { ...refOf(message), ...said, ...doneBy(making, person) }
  await reportChange(trx, making, { name: 'message.reaction', data })
}

async function vote(
  trx: Trx,
  message: TargetMessage,
  change: Extract<Change, { kind: 'vote' }>,
  making: ChangeContext,
): Promise<void> {
  const { incoming } = making
  const poll = message.kind === 'poll' ? message.details?.poll : undefined
  if (!poll || !('chosen' in change.vote)) return drop(making, 'no_effect')
  const options = chosenOptions(poll, change.vote.chosen)
  const person = await findAnnotatorKey(trx, making)
  const about = { messageId: message.id, person, at: incoming.at.getTime() }
  if (!(await putVote(trx, { ...about, options }))) return
  const data = { ...refOf(message), options, ...doneBy(making, person) }
  await reportChange(trx, making, { name: 'message.voted', data })
}

async function answer(
  trx: Trx,
  message: TargetMessage,
  given: EventAnswer,
  making: ChangeContext,
): Promise<void> {
  if (message.kind !== 'event') return drop(making, 'no_effect')
  const { incoming } = making
  const person = await findAnnotatorKey(trx, making)
  if (!(await putAnswer(trx, { messageId: message.id, person, given, at: incoming.at.getTime() }))) return
  const data = { ...refOf(message), ...given, ...doneBy(making, person) }
  await reportChange(trx, making, { name: 'message.answered', data })
}

const edited = new Set<MessageKind>(['text', 'image', 'video', 'document', 'event', 'poll'])

async function edit(
  trx: Trx,
  message: TargetMessage,
  { text, facts, poll }: Extract<Change, { kind: 'edit' }>,
  making: ChangeContext,
): Promise<void> {
  const { incoming, keepFormer } = making
  if (!edited.has(message.kind)) return drop(making, 'no_effect')
  if (!(await isAuthor(trx, message, making))) return drop(making, 'edit_refused')
  // Only an event is edited into an event, and only a poll into a poll.
  if ((message.kind === 'event') !== (facts !== undefined)) return drop(making, 'no_effect')
  if ((message.kind === 'poll') !== (poll !== undefined)) return drop(making, 'no_effect')
  if (message.editedAt !== null && message.editedAt >= incoming.at) return
  const details = { ...message.details, ...(facts ? { facts } : {}), ...(poll ? { poll } : {}) }
  const other = !isDeepStrictEqual(details, message.details ?? {})
  if (text === message.text && !other) return
  await setText(trx, message.id, { text, at: incoming.at })
  if (other) await setDetails(trx, message.id, details)
  await keep(trx, message, 'edit', making)
  await refreshPreview(trx, message.chatId, {
    messageId: message.id,
    preview: previewOf({ ...message, text }),
  })
  const data = { ...refOf(message), text, previousText: keepFormer ? message.text : null }
  await reportChange(trx, making, { name: 'message.edited', data })
}

/** Adds options to a poll that accepts them from everyone in the chat: that loses nothing. */
async function addOptions(
  trx: Trx,
  message: TargetMessage,
  added: readonly PollOption[],
  making: ChangeContext,
): Promise<void> {
  const poll = message.kind === 'poll' ? message.details?.poll : undefined
  if (!poll?.open) return drop(making, 'no_effect')
  const longer = withOptions(poll, added)
  if (longer === poll) return
  await setDetails(trx, message.id, { ...message.details, poll: longer })
  const { text } = message
  const data = { ...refOf(message), text, previousText: making.keepFormer ? text : null }
  await reportChange(trx, making, { name: 'message.edited', data })
}

async function erase(trx: Trx, message: TargetMessage, making: ChangeContext): Promise<void> {
  const { incoming } = making
  if (!(await isAuthor(trx, message, making)) && !(await isInCharge(trx, making))) {
    return drop(making, 'deletion_refused')
  }
  await keep(trx, message, 'delete', making)
  await blank(trx, message.id, incoming.at)
  await deleteAnnotations(trx, message.id)
  // If the owner keeps deleted content, the file stays with it.
  if (!making.keepFormer) await dropFileOf(trx, message.id)
  await removeUndecrypted(trx, message.id)
  const preview = previewOf({ ...message, deletedAt: incoming.at })
  await refreshPreview(trx, message.chatId, { messageId: message.id, preview })
  await reportChange(trx, making, { name: 'message.deleted', data: refOf(message) })
}

async function keep(
  trx: Trx,
  message: TargetMessage,
  change: 'edit' | 'delete',
  { incoming, keepFormer }: ChangeContext,
): Promise<void> {
  const { text } = message
  const details = formerOf(message)
  if (!keepFormer || (text === '' && details === null)) return
  await insertRevision(trx, message.id, { change, text, details, at: incoming.at, waId: incoming.waId })
}

/** Returns the changeable content of a message besides its words; null if it has none. */
function formerOf({ details }: TargetMessage): FormerDetails | null {
  if (details && 'facts' in details) return { facts: details.facts }
  return details && 'poll' in details ? { poll: details.poll } : null
}

/** Tells whether the author of a change wrote the message: by direction in a one-to-one chat, by jid in a group. */
async function isAuthor(
  trx: Trx,
  message: TargetMessage,
  { accountId, incoming }: ChangeContext,
): Promise<boolean> {
  if (incoming.fromMe) return message.direction === 'outgoing'
  if (message.direction !== 'incoming') return false
  if (incoming.chat.kind === 'person' || incoming.chat.kind === 'channel') return true
  const author = message.participant ?? ''
  return incoming.by.includes(author) || (await allAddresses(trx, accountId, incoming.by)).includes(author)
}

/** Tells whether the author of a change is an administrator of the group: those may delete the messages of other members. */
async function isInCharge(trx: Trx, { accountId, incoming }: ChangeContext): Promise<boolean> {
  const { group } = incoming.chat
  if (group === null) return false
  const account = incoming.fromMe ? await findAccount(trx, accountId) : undefined
  const own = [account?.lid, account?.phone ? phoneJid(account.phone) : null]
  const by = incoming.fromMe ? own.filter((jid) => jid !== null && jid !== undefined) : incoming.by
  return isAdministrator(trx, accountId, group, await allAddresses(trx, accountId, by))
}

/** Returns the key of the person who made a change: one person has one reaction and one vote, from either address. */
async function findAnnotatorKey(
  trx: Trx,
  { accountId, incoming: { fromMe, by } }: ChangeContext,
): Promise<string> {
  const [participant = null] = await allAddresses(trx, accountId, by)
  return annotatorKey({ fromMe, participant })
}

function refOf(message: TargetMessage): { messageId: MessageId; chatId: ChatId } {
  return { messageId: message.id, chatId: message.chatId }
}

function drop({ dropped }: ChangeContext, reason: UnkeptReason): void {
  dropped?.push(reason)
}

import type { AccountId, ChatId, MessageId } from '../../core/ids.ts'
import { isDeepStrictEqual } from 'node:util'
import type { EventAnswer, MessageAction, MessageDetails, PollOption } from '../../core/content.ts'
import type { Change, IncomingChange, IncomingMessage } from './incoming.ts'
import { phoneJid } from '../../core/jid.ts'
import type { SealedContents } from '../../core/ports.ts'
import type { UnkeptReason } from './unkept.ts'
import { isAction } from '../../core/message-kind.ts'
import type { ActionKind, MessageKind } from '../../core/message-kind.ts'
import { previewOf } from './message.ts'
import { chosenOptions, withOptions } from './poll-vote.ts'
import { findAccount } from '../accounts/queries/accounts.ts'
import { refreshPreview } from '../chats/queries/chats.ts'
import { findChatsSeen, jidsOf } from '../contacts/queries/chat-addresses.ts'
import type { ChatSeen } from '../contacts/queries/chat-addresses.ts'
import {
  dropEarlyChange,
  earlyChangesFrom,
  earlyChangesOf,
  keepEarlyChange,
} from './queries/early-changes.ts'
import type { EarlyChange } from './queries/early-changes.ts'
import { isAdministrator } from '../chats/queries/groups.ts'
import { dropMarks, personOf, putAnswer, putReaction, putVote } from './queries/annotations.ts'
import { dropFileOf } from '../media/queries/media-cleanup.ts'
import { blank, insertRevision, setDetails, setText, setTimer } from './queries/message-changes.ts'
import type { FormerDetails, TargetMessage } from './queries/message-changes.ts'
import { removeUnreadable } from './queries/message-removal.ts'
import type { Trx } from '../../db/tables.ts'
import { removeUndecrypted } from './queries/undecrypted.ts'
import { allAddresses } from '../contacts/identity.ts'
import { findNamed, nameOf } from './named-messages.ts'
import { opened } from './unsealing.ts'
import { doneBy, reportChange } from './change-events.ts'

/** A change that is being made, with what decides how. */
interface ChangeContext {
  accountId: AccountId
  incoming: IncomingChange
  /** The chat in which it was made. */
  chat: Pick<ChatSeen, 'id' | 'phone' | 'lid' | 'customerId'>
  keepFormer: boolean
  now: Date
  /** Hears of what changes nothing, and why. */
  lost?: (reason: UnkeptReason) => void
}

/** What decides how a change is made. */
export type ChangeRules = Pick<ChangeContext, 'keepFormer' | 'now' | 'lost'> & { contents: SealedContents }

/** What else decides of one that has just come: `waits` where it may wait for its message. */
type TakingRules = ChangeRules & { waits: boolean }

type Targeted = Exclude<Change, { kind: 'timer' }>

/** Whether a change was made, waits for its message, or for what opens it: the message is there, and nothing fits. */
export type Taken = 'made' | 'waits' | 'shut'

/**
 * Does what a stanza does to a message or a chat. It may come twice and in any order: what is known or older changes nothing,
 * and what comes before its message is kept until that comes, as is what is sealed until the secret comes. It opens neither chat
 * nor conversation.
 */
export async function applyChange(
  trx: Trx,
  accountId: AccountId,
  incoming: IncomingChange,
  { waits, ...rules }: TakingRules,
): Promise<Taken> {
  const { change } = incoming
  const chats = await findChatsSeen(trx, accountId, incoming.chat)
  if (change.kind === 'timer') {
    for (const { id } of chats) await setTimer(trx, id, { seconds: change.seconds, at: incoming.at })
    return 'made'
  }
  let isShut = false
  for (const chat of chats) {
    const message = await findNamed(trx, nameOf(accountId, chat.id, change.target))
    if (!message) continue
    if (await makeOpened(trx, message, { accountId, incoming, chat, ...rules })) return 'made'
    isShut = isReady(message, change)
  }
  if (!waits) {
    rules.lost?.('erased')
    return 'made'
  }
  const [sender = ''] = jidsOf(incoming.chat)
  const kept = { accountId, targetWaId: change.target.waId, sender, incoming, at: rules.now }
  const gone = await keepEarlyChange(trx, kept)
  for (let n = 0; n < gone; n++) rules.lost?.('target_missing')
  return isShut ? 'shut' : 'waits'
}

/** Does what this account itself has sent, once WhatsApp has taken it. */
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
    // Nothing is looked up by it: the row names the chat.
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

/** Does to a message that has just come what was done to it before. */
export async function applyPendingChanges(
  trx: Trx,
  making: Omit<ChangeContext, 'incoming'> & ChangeRules & { waId: string },
): Promise<void> {
  const { accountId, chat, waId } = making
  for (const early of await earlyChangesOf(trx, accountId, waId)) {
    // An id is only unique within its chat: others may name the same one.
    await applyPendingChange(trx, early, { ...making, only: chat.id })
  }
}

/** Does what waited because nobody knew that these jids are one person's. */
export async function applyPendingChangesFor(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
  rules: ChangeRules,
): Promise<void> {
  for (const early of await earlyChangesFrom(trx, accountId, jids)) {
    await applyPendingChange(trx, early, { ...rules, accountId })
  }
}

async function applyPendingChange(
  trx: Trx,
  { id, incoming }: EarlyChange,
  making: ChangeRules & { accountId: AccountId; only?: number },
): Promise<void> {
  const { accountId, only } = making
  const { change } = incoming
  if (change.kind === 'timer') return
  for (const chat of await findChatsSeen(trx, accountId, incoming.chat)) {
    if (only !== undefined && chat.id !== only) continue
    const message = await findNamed(trx, nameOf(accountId, chat.id, change.target))
    if (!message || !(await makeOpened(trx, message, { ...making, chat, incoming }))) continue
    await dropEarlyChange(trx, id)
    if (change.kind !== 'sealed') return
    // Until now it stood in the chat as something that cannot be read.
    const direction = incoming.fromMe ? 'outgoing' : 'incoming'
    const by = await allAddresses(trx, accountId, incoming.by)
    return removeUnreadable(trx, { accountId, chatId: chat.id, waId: incoming.waId, direction, by })
  }
}

/** A message that is there may come once more with the secret that it was stored without: what waits for that is made up. */
export async function learnSecret(
  trx: Trx,
  { waId, fromMe, participant, details }: IncomingMessage,
  making: Omit<ChangeContext, 'incoming'> & ChangeRules,
): Promise<void> {
  const secret = details?.secret
  if (secret === undefined) return
  const { accountId, chat } = making
  const known = await findNamed(trx, nameOf(accountId, chat.id, { waId, fromMe, participant }))
  if (!known || known.deletedAt !== null || known.details?.secret !== undefined) return
  await setDetails(trx, known.id, { ...known.details, secret })
  await applyPendingChanges(trx, { ...making, waId })
}

/** False where what the change is about, or what opens it, has yet to come. */
async function makeOpened(
  trx: Trx,
  message: TargetMessage,
  making: ChangeContext & ChangeRules,
): Promise<boolean> {
  if (!isReady(message, making.incoming.change)) return false
  // Of what is deleted the secret is gone, too.
  if (message.deletedAt !== null) return true
  const incoming = await opened(trx, message, making, making.contents)
  if (incoming) await makeChange(trx, message, { ...making, incoming })
  return incoming !== undefined
}

/** False where the content has yet to come that the change is about. */
function isReady(message: TargetMessage, { kind }: Change): boolean {
  return message.kind !== 'undecryptable' || kind === 'reaction' || kind === 'delete'
}

async function makeChange(trx: Trx, message: TargetMessage, making: ChangeContext): Promise<void> {
  const { change } = making.incoming
  // What is deleted stays deleted; what changes others is no message for people.
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
  const person = await whoMade(trx, making)
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
  const poll = message.details?.poll
  if (!poll || !('chosen' in change.vote)) return making.lost?.('no_effect')
  const options = chosenOptions(poll, change.vote.chosen)
  const person = await whoMade(trx, making)
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
  if (message.kind !== 'event') return making.lost?.('no_effect')
  const { incoming } = making
  const person = await whoMade(trx, making)
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
  if (!edited.has(message.kind)) return making.lost?.('no_effect')
  if (!(await isAuthor(trx, message, making))) return making.lost?.('edit_refused')
  // Only an event is edited into an event, and only a poll into a poll.
  if ((message.kind === 'event') !== (facts !== undefined)) return making.lost?.('no_effect')
  if ((message.kind === 'poll') !== (poll !== undefined)) return making.lost?.('no_effect')
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

/** Whoever is in the chat adds options, where the poll takes any: nothing is lost by that. */
async function addOptions(
  trx: Trx,
  message: TargetMessage,
  added: readonly PollOption[],
  making: ChangeContext,
): Promise<void> {
  const poll = message.details?.poll
  if (!poll?.open) return making.lost?.('no_effect')
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
    return making.lost?.('deletion_refused')
  }
  await keep(trx, message, 'delete', making)
  await blank(trx, message.id, incoming.at)
  await dropMarks(trx, message.id)
  // Where the owner keeps what was taken away, the file is part of that.
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
  const details = formerOf(message.details)
  if (!keepFormer || (text === '' && details === null)) return
  await insertRevision(trx, message.id, { change, text, details, at: incoming.at, waId: incoming.waId })
}

/** What a message says besides its words, and may say otherwise later. */
function formerOf(details: MessageDetails | null): FormerDetails | null {
  const { facts, poll } = details ?? {}
  if (facts) return { facts }
  return poll ? { poll } : null
}

/** Only who wrote a message may change it: the direction tells it in a chat of two, the author's jid in a group. */
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

/** In a group its administrators delete what others wrote. */
async function isInCharge(trx: Trx, { accountId, incoming }: ChangeContext): Promise<boolean> {
  const { group } = incoming.chat
  if (group === null) return false
  const account = incoming.fromMe ? await findAccount(trx, accountId) : undefined
  const own = [account?.lid, account?.phone ? phoneJid(account.phone) : null]
  const by = incoming.fromMe ? own.filter((jid) => jid !== null && jid !== undefined) : incoming.by
  return isAdministrator(trx, accountId, group, await allAddresses(trx, accountId, by))
}

/** One person has one reaction and one vote, whichever address it uses. */
async function whoMade(trx: Trx, { accountId, incoming: { fromMe, by } }: ChangeContext): Promise<string> {
  const [participant = null] = await allAddresses(trx, accountId, by)
  return personOf({ fromMe, participant })
}

function refOf(message: TargetMessage): { messageId: MessageId; chatId: ChatId } {
  return { messageId: message.id, chatId: message.chatId }
}

import type { AccountId } from '../domain/account.ts'
import type { MessageAction } from '../domain/content.ts'
import type { EventDraft } from '../domain/events.ts'
import type { Change, IncomingChange } from '../domain/incoming.ts'
import { phoneJid } from '../domain/jid.ts'
import { isAction } from '../domain/message-kind.ts'
import type { ActionKind, MessageKind } from '../domain/message-kind.ts'
import { previewOf } from '../domain/message.ts'
import { chosenOptions, openVote } from '../domain/poll-vote.ts'
import { findAccount } from '../storage/accounts.ts'
import { findChatsSeen, jidsOf, refreshPreview } from '../storage/chats.ts'
import type { ChatSeen } from '../storage/chats.ts'
import { dropEarlyChange, earlyChangesOf, keepEarlyChange } from '../storage/early-changes.ts'
import { appendEvent } from '../storage/events.ts'
import { isAdministrator } from '../storage/groups.ts'
import { dropMarks, personOf, putReaction, putVote } from '../storage/marks.ts'
import { dropFileOf } from '../storage/media-cleanup.ts'
import { blank, findTarget, insertRevision, setText, setTimer } from '../storage/message-changes.ts'
import type { TargetMessage } from '../storage/message-changes.ts'
import type { Trx } from '../storage/tables.ts'
import { removeUndecrypted } from '../storage/undecrypted.ts'
import { allAddresses } from './identity.ts'

/** A change that is being made, with what decides how. */
interface Making {
  accountId: AccountId
  incoming: IncomingChange
  /** The chat in which it was made. */
  chat: Pick<ChatSeen, 'id' | 'phone' | 'lid' | 'customerId'>
  keepFormer: boolean
  now: Date
  /** Hears of what somebody tried who may not. */
  refused?: (chatId: number) => void
}

/** What decides how a change is made. */
export type ChangeRules = Pick<Making, 'keepFormer' | 'now' | 'refused'>

type Targeted = Exclude<Change, { kind: 'timer' }>

/**
 * Does what a stanza does to a message or a chat. It may come twice and in any order: what is known or older changes nothing,
 * and what comes before its message is kept until that comes. It opens neither chat nor conversation.
 */
export async function takeChange(
  trx: Trx,
  accountId: AccountId,
  incoming: IncomingChange,
  rules: ChangeRules,
): Promise<void> {
  const { change } = incoming
  const chats = await findChatsSeen(trx, accountId, incoming.chat)
  if (change.kind === 'timer') {
    for (const { id } of chats) await setTimer(trx, id, { seconds: change.seconds, at: incoming.at })
    return
  }
  for (const chat of chats) {
    const message = await findTarget(trx, named(accountId, chat.id, change))
    if (message && isReady(message, change)) {
      return makeChange(trx, message, { accountId, incoming, chat, ...rules })
    }
  }
  const [sender = ''] = jidsOf(incoming.chat)
  await keepEarlyChange(trx, { accountId, targetWaId: change.target.waId, sender, incoming })
}

/** Does what this account itself has sent, once WhatsApp has taken it. */
export async function makeOwnChange(
  trx: Trx,
  own: {
    accountId: AccountId
    chatId: number
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
  const message = await findTarget(trx, named(accountId, chatId, change[kind] as Targeted))
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
export async function makeUp(trx: Trx, making: Omit<Making, 'incoming'> & { waId: string }): Promise<void> {
  const { accountId, chat, waId } = making
  const early = await earlyChangesOf(trx, accountId, waId)
  for (const { id, incoming } of early) {
    const chats = await findChatsSeen(trx, accountId, incoming.chat)
    const { change } = incoming
    // An id is only unique within its chat: others may name the same one.
    if (change.kind === 'timer' || !chats.some((each) => each.id === chat.id)) continue
    const message = await findTarget(trx, named(accountId, chat.id, change))
    if (!message || !isReady(message, change)) continue
    await makeChange(trx, message, { ...making, incoming })
    await dropEarlyChange(trx, id)
  }
}

function named(accountId: AccountId, chatId: number, { target }: Targeted) {
  const direction = target.fromMe ? ('outgoing' as const) : ('incoming' as const)
  return { accountId, chatId, waId: target.waId, direction }
}

/** False where the content has yet to come that the change is about. */
function isReady(message: TargetMessage, { kind }: Change): boolean {
  return message.kind !== 'undecryptable' || kind === 'reaction' || kind === 'delete'
}

async function makeChange(trx: Trx, message: TargetMessage, making: Making): Promise<void> {
  const { change } = making.incoming
  // What is deleted stays deleted; what changes others is no message for people.
  if (message.deletedAt !== null || isAction(message.kind)) return
  switch (change.kind) {
    case 'reaction':
      return react(trx, message, change.emoji, making)
    case 'vote':
      return vote(trx, message, change, making)
    case 'edit':
      return edit(trx, message, change.text, making)
    case 'delete':
      return erase(trx, message, making)
    case 'timer':
      return
    default:
      change satisfies never
  }
}

async function react(trx: Trx, message: TargetMessage, emoji: string, making: Making): Promise<void> {
  const { incoming } = making
  const person = await whoMade(trx, making)
  const mark = { messageId: message.id, person, value: emoji, at: incoming.at.getTime() }
  if (!(await putReaction(trx, mark))) return
  const data = { ...refOf(message), emoji: emoji === '' ? null : emoji, fromMe: incoming.fromMe }
  await report(trx, making, { name: 'message.reaction', data })
}

async function vote(
  trx: Trx,
  message: TargetMessage,
  change: Extract<Change, { kind: 'vote' }>,
  making: Making,
): Promise<void> {
  const { incoming } = making
  const { poll, secret } = message.details ?? {}
  if (!poll) return
  const keys = { secret: secret ?? '', pollId: message.waId, ...(await addressesOf(trx, message, making)) }
  const chosen = openVote(change.vote, keys)
  if (!chosen) return
  const options = chosenOptions(poll, chosen)
  const person = await whoMade(trx, making)
  const about = { messageId: message.id, person, at: incoming.at.getTime() }
  if (!(await putVote(trx, { ...about, options }))) return
  const data = { ...refOf(message), options, fromMe: incoming.fromMe }
  await report(trx, making, { name: 'message.voted', data })
}

/** Under which jids the makers of poll and vote may have been known to the voter. */
async function addressesOf(
  trx: Trx,
  message: TargetMessage,
  { accountId, incoming, chat }: Making,
): Promise<{ creators: string[]; voters: string[] }> {
  const account = await findAccount(trx, accountId)
  const jids = (person: { phone: string | null; lid: string | null }) =>
    [person.lid, person.phone === null ? null : phoneJid(person.phone)].filter((jid) => jid !== null)
  const mine = account ? jids(account) : []
  const theirs = [...new Set([...jids(chat), ...jids(incoming.chat)])]
  const group = incoming.chat.kind === 'group'
  const author = message.participant === null ? [] : [message.participant]
  const known = (some: readonly string[]) => allAddresses(trx, accountId, some)
  return {
    creators: message.direction === 'outgoing' ? mine : group ? await known(author) : theirs,
    voters: incoming.fromMe ? mine : group ? await known(incoming.by) : theirs,
  }
}

const edited = new Set<MessageKind>(['text', 'image', 'video', 'document'])

async function edit(trx: Trx, message: TargetMessage, text: string, making: Making): Promise<void> {
  const { incoming, keepFormer } = making
  if (!edited.has(message.kind) || !(await isAuthor(trx, message, making))) return
  if ((message.editedAt !== null && message.editedAt >= incoming.at) || text === message.text) return
  await setText(trx, message.id, { text, at: incoming.at })
  await keep(trx, message, 'edit', making)
  await refreshPreview(trx, message.chatId, {
    messageId: message.id,
    preview: previewOf({ ...message, text }),
  })
  const data = { ...refOf(message), text, previousText: keepFormer ? message.text : null }
  await report(trx, making, { name: 'message.edited', data })
}

async function erase(trx: Trx, message: TargetMessage, making: Making): Promise<void> {
  const { incoming } = making
  if (!(await isAuthor(trx, message, making)) && !(await isInCharge(trx, making))) {
    making.refused?.(message.chatId)
    return
  }
  await keep(trx, message, 'delete', making)
  await blank(trx, message.id, incoming.at)
  await dropMarks(trx, message.id)
  // Where the owner keeps what was taken away, the file is part of that.
  if (!making.keepFormer) await dropFileOf(trx, message.id)
  await removeUndecrypted(trx, message.id)
  const preview = previewOf({ ...message, deletedAt: incoming.at })
  await refreshPreview(trx, message.chatId, { messageId: message.id, preview })
  await report(trx, making, { name: 'message.deleted', data: refOf(message) })
}

async function keep(
  trx: Trx,
  message: TargetMessage,
  change: 'edit' | 'delete',
  { incoming, keepFormer }: Making,
): Promise<void> {
  if (!keepFormer || message.text === '') return
  await insertRevision(trx, message.id, { change, text: message.text, at: incoming.at, waId: incoming.waId })
}

/** Only who wrote a message may change it: the direction tells it in a chat of two, the author's jid in a group. */
async function isAuthor(trx: Trx, message: TargetMessage, { accountId, incoming }: Making): Promise<boolean> {
  if (incoming.fromMe) return message.direction === 'outgoing'
  if (message.direction !== 'incoming') return false
  if (incoming.chat.kind === 'person' || incoming.chat.kind === 'channel') return true
  const author = message.participant ?? ''
  return incoming.by.includes(author) || (await allAddresses(trx, accountId, incoming.by)).includes(author)
}

/** In a group its administrators delete what others wrote. */
async function isInCharge(trx: Trx, { accountId, incoming }: Making): Promise<boolean> {
  const { group } = incoming.chat
  if (group === null) return false
  const account = incoming.fromMe ? await findAccount(trx, accountId) : undefined
  const own = [account?.lid, account?.phone ? phoneJid(account.phone) : null]
  const by = incoming.fromMe ? own.filter((jid) => jid !== null && jid !== undefined) : incoming.by
  return isAdministrator(trx, accountId, group, await allAddresses(trx, accountId, by))
}

/** One person has one reaction and one vote, whichever address it uses. */
async function whoMade(trx: Trx, { accountId, incoming: { fromMe, by } }: Making): Promise<string> {
  const [participant = null] = await allAddresses(trx, accountId, by)
  return personOf({ fromMe, participant })
}

function refOf(message: TargetMessage): { messageId: number; chatId: number } {
  return { messageId: message.id, chatId: message.chatId }
}

type Reported = Pick<
  Extract<EventDraft, { name: 'message.reaction' | 'message.edited' | 'message.deleted' | 'message.voted' }>,
  'name' | 'data'
>

/** History is no news. */
async function report(trx: Trx, { accountId, incoming, chat, now }: Making, event: Reported): Promise<void> {
  if (incoming.origin === 'history') return
  await appendEvent(trx, { ...event, accountId, chatId: chat.id } as EventDraft, now)
}

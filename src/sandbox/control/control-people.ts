import { proto } from '@whiskeysockets/baileys'
import { readReferral } from './control-ads.ts'
import { readAttributes } from './control-attributes.ts'
import type { HistoryChat, HistoryMessage } from '../people/account.ts'
import { ControlError, Fields, readPage } from './control-request.ts'
import type { SendOptions } from '../people/correspondence.ts'
import type { Customer } from '../people/customer.ts'
import { withOpenPoll } from '../people/newer-fields.ts'
import type { LinkedDeviceInfo, Phone } from '../people/phone.ts'

/** Holds a phone as the control API shows it. */
export interface PhoneView {
  number: string
  lid: string
  name: string
  inbox: number
  devices: LinkedDeviceInfo[]
  /** Counts its companions' queries by kind, such as `w:g2 get query`. */
  queries: Record<string, number>
  /** Only for an account protected by a passkey: the code on its screen, and why it refused the last attempt. */
  passkey?: { code: string | null; problem: string | null }
}

/** Holds a customer as the control API shows them. */
export interface CustomerView {
  number: string
  lid: string
  name: string
  received: number
  duplicates: number
  statuses: Record<string, number>
  /** The account's last state in their chat: composing, recording or paused. */
  sees?: string
}

/** Shows a phone. */
export function presentPhone(phone: Phone): PhoneView {
  const { number, lid, name, queries } = phone
  const { protection } = phone
  const passkey = protection && { code: protection.code ?? null, problem: protection.problem ?? null }
  const view = { number, lid, name, inbox: phone.inboxPage(0, 0).total, devices: phone.devices(), queries }
  return passkey ? { ...view, passkey } : view
}

/** Shows a customer. */
export function presentCustomer(customer: Customer): CustomerView {
  const { number, lid, name, receivedCount: received, duplicateCount: duplicates } = customer
  const sees = customer.typing.at(-1)
  const view = { number, lid, name, received, duplicates, statuses: customer.statusCounts() }
  return sees === undefined ? view : { ...view, sees }
}

const addressings = ['pn', 'lid'] as const

interface MessageInput {
  readonly to: string
  readonly message: proto.IMessage
  readonly options: SendOptions
}

/**
 * Reads `text`, or `message`: a WhatsApp message as JSON, with bytes in base64. A `pollCreationMessageV6` takes
 * options from others.
 */
export function readMessageInput(body: Fields): MessageInput {
  const to = body.required('to', 'string')
  const text = body.optional('text', 'string')
  const raw = body.raw('message')
  const options = {
    id: body.optional('id', 'string'),
    timestamp: body.optional('timestamp', 'number'),
    addressing: body.oneOf('addressing', addressings),
    ad: readReferral(body.object('ad')),
    attributes: readAttributes(body),
  }
  body.end()
  if ((text === undefined) === (raw === undefined)) throw new ControlError(400, 'Give text or message')
  if (text !== undefined) return { to, message: { conversation: text }, options }
  if (typeof raw !== 'object' || raw === null) throw new ControlError(400, 'message must be an object')
  const message = proto.Message.fromObject(raw)
  const poll = 'pollCreationMessageV6' in raw ? raw.pollCreationMessageV6 : null
  return { to, message: typeof poll === 'object' && poll ? withOpenPoll(message, poll) : message, options }
}

/** Reads the chats of a phone's history. */
export function readHistory(body: Fields): HistoryChat[] {
  const chats = body.list('chats', (item) => readChat(new Fields(item))) ?? []
  body.end()
  return chats
}

function readChat(chat: Fields): HistoryChat {
  const name = chat.optional('name', 'string')
  const unread = chat.optional('unread', 'number')
  const addressing = chat.oneOf('addressing', addressings)
  const read: HistoryChat = {
    with: chat.required('with', 'string'),
    messages: chat.list('messages', (item) => readHistoryMessage(new Fields(item))) ?? [],
    ...(name === undefined ? {} : { name }),
    ...(unread === undefined ? {} : { unread }),
    ...(addressing === undefined ? {} : { addressing }),
  }
  chat.end()
  return read
}

function readHistoryMessage(message: Fields): HistoryMessage {
  const id = message.optional('id', 'string')
  const onDemand = message.optional('onDemand', 'boolean')
  const read = {
    fromMe: message.optional('fromMe', 'boolean') ?? false,
    text: message.required('text', 'string'),
    timestamp: message.required('timestamp', 'number'),
    ...(id === undefined ? {} : { id }),
    ...(onDemand === undefined ? {} : { onDemand }),
  }
  message.end()
  return read
}

/** Sets the restrictions that WhatsApp reports for an account. */
export function setLimits(phone: Phone, body: Fields): void {
  const lock = body.object('reachoutTimelock')
  const cap = body.object('newChatCap')
  body.end()
  if (lock) {
    const endsAt = lock.optional('endsAt', 'number')
    const type = lock.optional('type', 'string')
    const active = lock.required('active', 'boolean')
    lock.end()
    phone.limits.reachoutTimelock = {
      active,
      ...(endsAt === undefined ? {} : { endsAt }),
      ...(type === undefined ? {} : { type }),
    }
  }
  if (!cap) return
  const cycleEndsAt = cap.optional('cycleEndsAt', 'number')
  const status = cap.optional('status', 'string')
  const [total, used] = [cap.required('total', 'number'), cap.required('used', 'number')]
  cap.end()
  phone.limits.newChatCap = {
    total,
    used,
    ...(cycleEndsAt === undefined ? {} : { cycleEndsAt }),
    ...(status === undefined ? {} : { status }),
  }
}

/**
 * Sets the automatic behaviour of a customer's phone. `read` is true, false or milliseconds; `reply` is a fixed text in which
 * {text} stands for the received text.
 */
export function setAuto(customer: Customer, body: Fields): void {
  const deliver = body.optional('deliver', 'boolean')
  const read = body.raw('read')
  const reply = body.raw('reply')
  body.end()
  if (read !== undefined && typeof read !== 'boolean' && typeof read !== 'number') {
    throw new ControlError(400, 'read must be a boolean or a number of milliseconds')
  }
  if (reply !== undefined && reply !== null && typeof reply !== 'string') {
    throw new ControlError(400, 'reply must be a string or null')
  }
  customer.setAuto({
    ...(deliver === undefined ? {} : { deliver }),
    ...(read === undefined ? {} : { read }),
    ...(reply === undefined
      ? {}
      : { reply: reply === null ? undefined : (text: string) => reply.replaceAll('{text}', () => text) }),
  })
}

/** Holds the statuses of a customer's messages. */
export interface StatusView {
  counts: Record<string, number>
  statuses: Record<string, string>
}

/** Shows message counts by status, and with `?ids=A,B` single messages. */
export function presentStatuses(customer: Customer, query: URLSearchParams): StatusView {
  const ids = query.get('ids')?.split(',') ?? []
  const statuses = Object.fromEntries(ids.map((id) => [id, customer.statusOf(id) ?? 'unknown']))
  return { counts: customer.statusCounts(), statuses }
}

/** Shows a page of the messages that a customer or phone received. */
export function receivedPage(person: Customer | Phone, query: URLSearchParams) {
  const { after, limit } = readPage(query)
  return 'inboxPage' in person ? person.inboxPage(after, limit) : person.receivedPage(after, limit)
}

import { proto } from '@whiskeysockets/baileys'
import type { Choice, Facts, Poll } from '../../core/content.ts'
import { hashOf } from '../../features/messages/poll-vote.ts'
import { cleanFileName } from '../../features/media/file-name.ts'
import {
  readButtons,
  readChannelInvite,
  readGroupInvite,
  readInteractive,
  readList,
  readPaymentRequest,
  readScheduledCall,
  readStickerPack,
  readStructured,
  readTemplate,
} from './business-kinds.ts'
import { jidOf, known, label, momentOf, numberWithin, webAddress, words } from './checked.ts'
import { readFormAnswer } from './form.ts'
import { takesOptions } from './newer-fields.ts'
import { readPlace } from './place.ts'
import { readProduct } from './product.ts'
import { amountOf, factsOf } from './reading.ts'
import type { Reading } from './reading.ts'
import { readCard } from './vcard.ts'

type Readers = { [K in keyof proto.IMessage]?: (part: NonNullable<proto.IMessage[K]>) => Reading }

/** Readers by protobuf field, in order of precedence. */
const readers: Readers = {
  conversation: (text) => ({ kind: 'text', text: words(text) }),
  extendedTextMessage: readText,
  imageMessage: ({ caption }) => ({ kind: 'image', text: words(caption) }),
  videoMessage: ({ caption }) => ({ kind: 'video', text: words(caption) }),
  ptvMessage: () => ({ kind: 'video', text: '' }),
  audioMessage: () => ({ kind: 'audio', text: '' }),
  documentMessage: ({ caption, fileName }) => ({
    kind: 'document',
    text: words(caption ?? cleanFileName(fileName)),
  }),
  stickerMessage: () => ({ kind: 'sticker', text: '' }),
  locationMessage: (place) => readPlace(place, place.isLive === true, place.name ?? place.comment),
  liveLocationMessage: (place) => readPlace(place, true, place.caption),
  contactMessage: (contact) => {
    const card = readCard(contact)
    return { kind: 'contact', text: card.name, details: { contacts: [card] } }
  },
  contactsArrayMessage: ({ displayName, contacts }) => {
    const cards = (contacts ?? []).slice(0, 50).map(readCard)
    const text = label(displayName) || cards.map(({ name }) => name).join(', ')
    return { kind: 'contact', text, details: { contacts: cards } }
  },
  pollCreationMessage: readPoll,
  pollCreationMessageV2: readPoll,
  pollCreationMessageV3: readPoll,
  pollCreationMessageV5: readPoll,
  buttonsResponseMessage: (reply) => chosen(reply.selectedButtonId, reply.selectedDisplayText),
  listResponseMessage: (reply) =>
    chosen(reply.singleSelectReply?.selectedRowId, reply.title, reply.description),
  templateButtonReplyMessage: (reply) => chosen(reply.selectedId, reply.selectedDisplayText),
  interactiveResponseMessage: (reply) => ({ kind: 'text', ...readFormAnswer(reply) }),
  buttonsMessage: readButtons,
  listMessage: readList,
  interactiveMessage: readInteractive,
  templateMessage: readTemplate,
  highlyStructuredMessage: readStructured,
  groupInviteMessage: readGroupInvite,
  newsletterAdminInviteMessage: readChannelInvite,
  newsletterFollowerInviteMessageV2: readChannelInvite,
  stickerPackMessage: readStickerPack,
  scheduledCallCreationMessage: readScheduledCall,
  requestPaymentMessage: (part) => readPaymentRequest(part, textIn),
  sendPaymentMessage: ({ noteMessage }) => ({ kind: 'text', text: noteMessage ? textIn(noteMessage) : '' }),
  invoiceMessage: ({ note }) => ({ kind: 'text', text: words(note) }),
  questionResponseMessage: ({ text }) => ({ kind: 'text', text: words(text) }),
  statusQuestionAnswerMessage: ({ text }) => ({ kind: 'text', text: words(text) }),
  eventMessage: readEvent,
  orderMessage: readOrder,
  callLogMesssage: readCallLog,
  productMessage: readProduct,
}

function readText(part: proto.Message.IExtendedTextMessage): Reading {
  const reading = { kind: 'text', text: words(part.text) } as const
  const url = label(part.matchedText, 2000)
  if (url === '') return reading
  const preview = { url, title: label(part.title, 300), description: label(part.description, 1000) }
  return { ...reading, details: { linkPreview: preview } }
}

const maxOptions = 100

function readPoll(part: proto.Message.IPollCreationMessage): Reading {
  const raw = (part.options ?? []).slice(0, maxOptions).map(({ optionName }) => optionName ?? '')
  const options = raw.map((name) => label(name))
  const poll: Poll = {
    question: label(part.name, 1000),
    options,
    selectable: numberWithin(part.selectableOptionsCount ?? 0, 0, maxOptions) ?? 0,
    ...(raw.every((name, i) => name === options[i]) ? {} : { hashes: raw.map(hashOf) }),
    ...(takesOptions(part) ? { open: true } : {}),
  }
  return { kind: 'poll', text: poll.question, details: { poll } }
}

function chosen(id: unknown, title: unknown, description?: unknown): Reading {
  const choice: Choice = {
    id: label(id, 256),
    title: label(title),
    description: label(description, 500),
  }
  return { kind: 'text', text: words(title), details: { choice } }
}

const isoOf = (seconds: unknown) => momentOf(Number(seconds ?? Number.NaN) * 1000)?.toISOString()

function readEvent(part: proto.Message.IEventMessage): Reading {
  const name = label(part.name)
  const details = factsOf({
    name,
    description: words(part.description).slice(0, 2000),
    startsAt: isoOf(part.startTime),
    endsAt: isoOf(part.endTime),
    place: label(part.location?.name) || label(part.location?.address),
    joinLink: webAddress(part.joinLink),
    cancelled: part.isCanceled === true ? 'yes' : undefined,
  })
  return { kind: 'event', text: name, details }
}

/** Reads the phone's own record of a call. */
function readCallLog(part: proto.Message.ICallLogMessage): Reading {
  const { CONNECTED, ONGOING, ACCEPTED_ELSEWHERE, REJECTED } = proto.Message.CallLogMessage.CallOutcome
  const isTaken = [CONNECTED, ONGOING, ACCEPTED_ELSEWHERE].some((each) => each === part.callOutcome)
  const details = factsOf({
    outcome: isTaken ? 'answered' : part.callOutcome === REJECTED ? 'rejected' : 'missed',
    video: part.isVideo === true ? 'yes' : 'no',
    seconds: numberWithin(part.durationSecs, 1, 1_000_000),
  })
  return { kind: 'call', text: '', details }
}

function readOrder(part: proto.Message.IOrderMessage): Reading {
  const title = label(part.orderTitle)
  const details = factsOf({
    orderId: label(part.orderId, 100),
    title,
    items: numberWithin(part.itemCount, 0, 1_000_000),
    total: amountOf(part.totalAmount1000),
    currency: label(part.totalCurrencyCode, 8),
    seller: jidOf(part.sellerJid) ?? undefined,
  })
  return { kind: 'order', text: words(part.message) || title, details }
}

/** Reads the first field with readable content. */
export function firstReading(
  content: proto.IMessage,
): { field: keyof proto.IMessage; reading: Reading } | undefined {
  for (const [name, read] of Object.entries(readers)) {
    const field = name as keyof proto.IMessage
    const part = content[field]
    if (part === null || part === undefined) continue
    return { field, reading: known<Reading>((read as (part: unknown) => Reading)(part)) }
  }
  return undefined
}

/** Returns the words of a nested message. */
function textIn(message: proto.IMessage): string {
  const { conversation, extendedTextMessage } = message
  return words(conversation ?? extendedTextMessage?.text)
}

/** Reads what an edit replaces: a message's words, an event's facts, or a poll; undefined if unreadable. */
export function readEdited(
  content: proto.IMessage,
): { text: string; facts?: Facts; poll?: Poll } | undefined {
  const reading = firstReading(content)?.reading
  if (!reading) return undefined
  const { kind, text, details } = reading
  const poll = details?.poll
  return { text, ...(kind === 'event' ? { facts: details?.facts ?? {} } : {}), ...(poll ? { poll } : {}) }
}

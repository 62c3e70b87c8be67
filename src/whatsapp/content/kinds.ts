import type { proto } from '@whiskeysockets/baileys'
import type { Choice, Facts, MessageDetails, Place, Poll } from '../../domain/content.ts'
import type { MessageKind } from '../../domain/message.ts'
import { hashOf } from '../../domain/poll-vote.ts'
import { cleanFileName } from '../../util/file-name.ts'
import { jidOf, known, label, momentOf, numberWithin, webAddress, words } from './checked.ts'
import { takesOptions } from './newer-fields.ts'
import { readCard } from './vcard.ts'

/** Kind and words of one field of the protobuf, with what only that kind carries. */
export interface Reading {
  kind: MessageKind
  text: string
  details?: MessageDetails
}

type Readers = { [K in keyof proto.IMessage]?: (part: NonNullable<proto.IMessage[K]>) => Reading }

/** The fields of the protobuf that hold content, in the order in which they are looked for. */
export const readers: Readers = {
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
  interactiveResponseMessage: (reply) =>
    chosen(idOfFlow(reply.nativeFlowResponseMessage?.paramsJson), reply.body?.text),
  // What other businesses offer to tap on: we read it, and no answer of that kind is made.
  buttonsMessage: ({ contentText }) => ({ kind: 'text', text: words(contentText) }),
  listMessage: ({ description, title }) => ({ kind: 'text', text: words(description ?? title) }),
  interactiveMessage: ({ body }) => ({ kind: 'text', text: words(body?.text) }),
  templateMessage: ({ hydratedTemplate, hydratedFourRowTemplate, interactiveMessageTemplate }) => {
    const template = hydratedTemplate ?? hydratedFourRowTemplate
    return {
      kind: 'text',
      text: words(template?.hydratedContentText ?? interactiveMessageTemplate?.body?.text),
    }
  },
  eventMessage: readEvent,
  orderMessage: readOrder,
  productMessage: readProduct,
}

function readText(part: proto.Message.IExtendedTextMessage): Reading {
  const reading = { kind: 'text', text: words(part.text) } as const
  const url = label(part.matchedText, 2000)
  if (url === '') return reading
  const preview = { url, title: label(part.title, 300), description: label(part.description, 1000) }
  return { ...reading, details: { linkPreview: preview } }
}

type Position = Pick<
  proto.Message.ILocationMessage,
  'degreesLatitude' | 'degreesLongitude' | 'name' | 'address'
>

function readPlace(position: Position, live: boolean, text: unknown): Reading {
  const latitude = numberWithin(position.degreesLatitude ?? 0, -90, 90)
  const longitude = numberWithin(position.degreesLongitude ?? 0, -180, 180)
  const reading = { kind: 'location', text: words(text) } as const
  // A place that is nowhere on earth is none.
  if (latitude === undefined || longitude === undefined) return reading
  const place: Place = {
    latitude,
    longitude,
    name: label(position.name),
    address: label(position.address, 500),
    live,
  }
  return { ...reading, details: { place } }
}

const mostOptions = 100

function readPoll(part: proto.Message.IPollCreationMessage): Reading {
  const raw = (part.options ?? []).slice(0, mostOptions).map(({ optionName }) => optionName ?? '')
  const options = raw.map((name) => label(name))
  const poll: Poll = {
    question: label(part.name, 1000),
    options,
    selectable: numberWithin(part.selectableOptionsCount ?? 0, 0, mostOptions) ?? 0,
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

/** The id in the answer of a native flow, which is JSON that the offering business made. */
function idOfFlow(json: unknown): unknown {
  if (typeof json !== 'string' || json.length > 4096) return ''
  try {
    const params: unknown = JSON.parse(json)
    return typeof params === 'object' && params !== null && 'id' in params ? params.id : ''
  } catch {
    return ''
  }
}

/** Facts without those that say nothing. */
function facts(given: Record<string, string | number | undefined>): { facts: Facts } {
  const told = Object.entries(given).filter(([, value]) => value !== undefined && value !== '')
  return { facts: Object.fromEntries(told) as Facts }
}

const isoOf = (seconds: unknown) => momentOf(Number(seconds ?? Number.NaN) * 1000)?.toISOString()

function readEvent(part: proto.Message.IEventMessage): Reading {
  const name = label(part.name)
  const details = facts({
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

/** Amounts come in thousandths. */
const amountOf = (thousandths: unknown) => {
  const amount = numberWithin(thousandths, 0, Number.MAX_SAFE_INTEGER)
  return amount === undefined ? undefined : amount / 1000
}

function readOrder(part: proto.Message.IOrderMessage): Reading {
  const title = label(part.orderTitle)
  const details = facts({
    orderId: label(part.orderId, 100),
    title,
    items: numberWithin(part.itemCount, 0, 1_000_000),
    total: amountOf(part.totalAmount1000),
    currency: label(part.totalCurrencyCode, 8),
    seller: jidOf(part.sellerJid) ?? undefined,
  })
  return { kind: 'order', text: words(part.message) || title, details }
}

function readProduct({ product, catalog, businessOwnerJid, body }: proto.Message.IProductMessage): Reading {
  const title = label(product?.title) || label(catalog?.title)
  const details = facts({
    productId: label(product?.productId, 100),
    title,
    description: words(product?.description ?? catalog?.description).slice(0, 2000),
    price: amountOf(product?.salePriceAmount1000 ?? product?.priceAmount1000),
    currency: label(product?.currencyCode, 8),
    sku: label(product?.retailerId, 100),
    url: webAddress(product?.url),
    seller: jidOf(businessOwnerJid) ?? undefined,
  })
  return { kind: 'product', text: words(body) || title, details }
}

/** The first field that holds content that we can read. */
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

/** What an edit puts in the place of a message's words, of what an event says of itself, or of a poll; undefined where it cannot be read. */
export function readEdited(
  content: proto.IMessage,
): { text: string; facts?: Facts; poll?: Poll } | undefined {
  const reading = firstReading(content)?.reading
  if (!reading) return undefined
  const { kind, text, details } = reading
  const poll = details?.poll
  return { text, ...(kind === 'event' ? { facts: details?.facts ?? {} } : {}), ...(poll ? { poll } : {}) }
}

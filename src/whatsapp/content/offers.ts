import type { proto } from '@whiskeysockets/baileys'
import type { Offer, OfferOption } from '../../core/content.ts'
import { label, webAddress, words } from './checked.ts'
import { flatFields, memberOf, parseJson } from './flat-json.ts'
import type { FilePart } from './read-media.ts'

const maxOptions = 100
const maxCards = 20
const descriptionLength = 500

/** Holds the parts of a business's offer; each kind of message has some of them. */
export interface OfferParts {
  title?: unknown
  body?: unknown
  footer?: unknown
  head?: Head | null | undefined
  options: readonly OfferOption[]
  cards?: readonly OfferParts[]
}

/** Describes the header above the words. */
interface Head {
  documentMessage?: proto.Message.IDocumentMessage | null
  imageMessage?: proto.Message.IImageMessage | null
  videoMessage?: proto.Message.IVideoMessage | null
  locationMessage?: proto.Message.ILocationMessage | null
  productMessage?: proto.Message.IProductMessage | null
}

/** Holds an offer as people read it, with links, codes and rows on a line each; its parts; its file. */
export interface ReadOffer {
  text: string
  offer: Offer | undefined
  file: { kind: 'document' | 'image' | 'video'; part: FilePart } | undefined
}

/** Puts an offer into words. Every part is hostile: bounded and cleaned here. */
export function readOffer(parts: OfferParts): ReadOffer {
  const cards = (parts.cards ?? []).slice(0, maxCards)
  const [title, footer] = [label(parts.title, 300), label(parts.footer, 300)]
  const options = parts.options.slice(0, maxOptions)
  const body = words(parts.body)
  const offer: Offer = {
    title,
    footer,
    options: [...options],
    ...(cards.length === 0 ? {} : { cards: cards.map(cardOf) }),
  }
  const isBare = footer === '' && title === '' && options.length === 0 && cards.length === 0
  const lines = [body === '' ? title : body, ...options.map(lineOf), ...cards.flatMap(linesOfCard)]
  const headers = [parts.head, ...cards.map(({ head }) => head)]
  return {
    text: words(lines.filter((line) => line !== '').join('\n')),
    offer: isBare ? undefined : offer,
    file: headers.map(fileIn).find((file) => file !== undefined),
  }
}

function cardOf({ title, body, options }: OfferParts): NonNullable<Offer['cards']>[number] {
  return { title: label(title, 300), text: words(body).slice(0, 2000), options: options.slice(0, 10) }
}

function linesOfCard(card: OfferParts): string[] {
  const { title, text, options } = cardOf(card)
  return [[title, text].filter((part) => part !== '').join(': '), ...options.map(lineOf)]
}

/** Writes an option as a line; links, calls and codes show their target. */
function lineOf({ title, description, value, kind }: OfferOption): string {
  const isTapped = kind === 'reply' || kind === 'row'
  const said = isTapped ? description : value === '' ? description : value
  const line = [title, said].filter((part) => part !== '').join(': ')
  return isTapped && line !== '' ? `• ${line}` : line
}

function fileIn(head: Head | null | undefined): ReadOffer['file'] {
  if (head?.documentMessage) return { kind: 'document', part: head.documentMessage }
  if (head?.imageMessage) return { kind: 'image', part: head.imageMessage }
  return head?.videoMessage ? { kind: 'video', part: head.videoMessage } : undefined
}

/** Cleans one option. */
export function optionOf(
  kind: OfferOption['kind'],
  said: { title?: unknown; description?: unknown; value?: unknown },
): OfferOption {
  const value = kind === 'link' ? webAddress(said.value) || label(said.value, 2000) : label(said.value, 1000)
  return { kind, title: label(said.title), description: label(said.description, descriptionLength), value }
}

/** Reads the buttons of a template, whose texts `text` produces. */
export function templateOptions<T>(
  buttons: readonly {
    quickReplyButton?: { displayText?: T | null; id?: string | null } | null
    urlButton?: { displayText?: T | null; url?: T | null } | null
    callButton?: { displayText?: T | null; phoneNumber?: T | null } | null
  }[],
  text: (part: T | null | undefined) => unknown,
): OfferOption[] {
  return buttons
    .slice(0, maxOptions)
    .flatMap(({ quickReplyButton: reply, urlButton: url, callButton: call }) => [
      ...(reply ? [optionOf('reply', { title: text(reply.displayText), value: reply.id })] : []),
      ...(url ? [optionOf('link', { title: text(url.displayText), value: text(url.url) })] : []),
      ...(call ? [optionOf('call', { title: text(call.displayText), value: text(call.phoneNumber) })] : []),
    ])
}

/** Reads the rows of a list, by section. */
export function sectionOptions(
  sections: readonly { title?: unknown; rows?: readonly object[] | null }[],
): OfferOption[] {
  return sections.slice(0, maxOptions).flatMap(({ rows }) =>
    (Array.isArray(rows) ? rows : []).slice(0, maxOptions).map((row: object) =>
      optionOf('row', {
        title: memberOf(row, 'title'),
        description: memberOf(row, 'description'),
        value: memberOf(row, 'rowId') ?? memberOf(row, 'id'),
      }),
    ),
  )
}

/**
 * Reads a native-flow button: its name says which action it runs, its JSON with which values. Unknown buttons show as much as
 * they reveal.
 */
export function flowOptions({
  name,
  buttonParamsJson,
}: {
  name?: unknown
  buttonParamsJson?: unknown
}): OfferOption[] {
  const params = parseJson(buttonParamsJson)
  const of = (member: string) => memberOf(params, member)
  const title = of('display_text') ?? of('title') ?? of('flow_cta') ?? name
  switch (name) {
    case 'quick_reply':
      return [optionOf('reply', { title, value: of('id') })]
    case 'cta_url':
      return [optionOf('link', { title, value: of('url') ?? of('merchant_url') })]
    case 'cta_call':
      return [optionOf('call', { title, value: of('phone_number') ?? of('id') })]
    case 'cta_copy':
      return [optionOf('code', { title, value: of('copy_code') ?? of('id') })]
    case 'single_select': {
      const sections = of('sections')
      return Array.isArray(sections) ? sectionOptions(sections.filter(isObject)) : []
    }
    default:
      return [optionOf('other', { title, description: told(params) })]
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Lists the contents of an unknown button's JSON: amounts, payment keys, references. */
function told(params: unknown): string {
  return flatFields(params)
    .filter(({ name }) => name !== 'display_text' && name !== 'title')
    .map(({ name, value }) => `${name}: ${value}`)
    .join('; ')
}

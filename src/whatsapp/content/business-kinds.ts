import type { proto } from '@whiskeysockets/baileys'
import { isoOf, jidOf, label, momentOf, webAddress, words } from './checked.ts'
import { flatFields, memberOf, parseJson } from './flat-json.ts'
import { flowOptions, optionOf, readOffer, sectionOptions, templateOptions } from './offers.ts'
import type { OfferParts } from './offers.ts'
import { readPlace } from './kinds/location.ts'
import { readProduct } from './kinds/product.ts'
import { amountOf, factsOf } from './reading.ts'
import type { Reading } from './reading.ts'

/** Reads a message with buttons. Tapping them is not supported, but everything they say is kept. */
export function readButtons(part: proto.Message.IButtonsMessage): Reading {
  const buttons = (part.buttons ?? [])
    .slice(0, 100)
    .flatMap(({ buttonId, buttonText, nativeFlowInfo: flow }) =>
      flow
        ? flowOptions({ name: flow.name, buttonParamsJson: flow.paramsJson })
        : [optionOf('reply', { title: buttonText?.displayText, value: buttonId })],
    )
  return offered({
    title: part.text,
    body: part.contentText,
    footer: part.footerText,
    head: part,
    options: buttons,
  })
}

/** Reads a list of options or products. */
export function readList(part: proto.Message.IListMessage): Reading {
  const products = (part.productListInfo?.productSections ?? [])
    .slice(0, 50)
    .flatMap((section) =>
      (section.products ?? [])
        .slice(0, 100)
        .map(({ productId }) =>
          optionOf('row', { title: section.title, description: productId, value: productId }),
        ),
    )
  const options = [...sectionOptions(part.sections ?? []), ...products]
  // Without rows the title heads nothing.
  const title = options.length > 0 || !part.description ? part.title : ''
  return offered({ title, body: part.description, footer: part.footerText, options })
}

/** Reads an interactive message: native flows, carousels, products. */
export function readInteractive(part: proto.Message.IInteractiveMessage): Reading {
  return offered(partsOf(part))
}

/** Reads a template with its buttons. */
export function readTemplate(part: proto.Message.ITemplateMessage): Reading {
  const { fourRowTemplate: raw, interactiveMessageTemplate: interactive } = part
  const ready = part.hydratedTemplate ?? part.hydratedFourRowTemplate
  if (ready) {
    return offered({
      title: ready.hydratedTitleText,
      body: ready.hydratedContentText,
      footer: ready.hydratedFooterText,
      head: ready,
      options: templateOptions(ready.hydratedButtons ?? [], (text) => text),
    })
  }
  if (interactive) return readInteractive(interactive)
  return offered({
    title: structuredText(raw?.highlyStructuredMessage),
    body: structuredText(raw?.content),
    footer: structuredText(raw?.footer),
    head: raw,
    options: templateOptions(raw?.buttons ?? [], structuredText),
  })
}

/** Reads a structured message: a template by name, with its variables. */
export function readStructured(part: proto.Message.IHighlyStructuredMessage): Reading {
  return part.hydratedHsm ? readTemplate(part.hydratedHsm) : { kind: 'text', text: structuredText(part) }
}

/** Returns the variables of a template whose own words only WhatsApp has. */
function structuredText(part: proto.Message.IHighlyStructuredMessage | null | undefined): string {
  if (!part) return ''
  const ready = part.hydratedHsm?.hydratedTemplate ?? part.hydratedHsm?.hydratedFourRowTemplate
  if (ready) return words(ready.hydratedContentText)
  const named = (part.localizableParams ?? []).map((param) => param.default)
  const filled = [...(part.params ?? []), ...named].slice(0, 100).map((text) => words(text))
  return words(filled.filter((text) => text !== '').join(' ')) || label(part.elementName)
}

function partsOf(part: proto.Message.IInteractiveMessage): OfferParts {
  const { header, body, footer, nativeFlowMessage: flow, carouselMessage: carousel } = part
  const { title, subtitle } = header ?? {}
  return {
    title: [title, subtitle]
      .map((text) => label(text, 300))
      .filter((text) => text !== '')
      .join(' – '),
    body: body?.text,
    footer: footer?.text,
    head: header,
    options: [
      ...(flow?.buttons ?? []).slice(0, 100).flatMap(flowOptions),
      ...limitedOffer(flow?.messageParamsJson),
    ],
    cards: (carousel?.cards ?? []).slice(0, 20).map((card) => partsOf({ ...card, carouselMessage: null })),
  }
}

/** Reads a time-limited code or link that stands beside the buttons. */
function limitedOffer(json: unknown) {
  const offer = memberOf(parseJson(json), 'limited_time_offer')
  if (flatFields(offer).length === 0) return []
  const title = memberOf(offer, 'text')
  const options = [
    optionOf('code', { title, value: memberOf(offer, 'copy_code') }),
    optionOf('link', { title, value: memberOf(offer, 'url') }),
  ]
  return options.filter(({ value }) => value !== '')
}

function offered(parts: OfferParts): Reading {
  const { text, offer, file } = readOffer(parts)
  const { locationMessage: place, productMessage: product } = parts.head ?? {}
  const details = offer ? { offer } : {}
  if (file) return { kind: file.kind, text, details, file: file.part }
  if (product) {
    const { details: facts, text: name } = readProduct(product)
    return { kind: 'product', text: text || name, details: { ...facts, ...details } }
  }
  if (place) {
    const { details: where } = readPlace(place, false, text)
    return { kind: 'location', text, details: { ...where, ...details } }
  }
  return { kind: 'text', text, details }
}

/** Reads an invitation to a group. */
export function readGroupInvite(part: proto.Message.IGroupInviteMessage): Reading {
  const name = label(part.groupName)
  const code = label(part.inviteCode, 100)
  const facts = factsOf({
    group: jidOf(part.groupJid) ?? undefined,
    name,
    link: /^[\w-]+$/.test(code) ? webAddress(`https://chat.whatsapp.com/${code}`) : '',
    expiresAt: isoOf(part.inviteExpiration),
  })
  return { kind: 'text', text: words(part.caption) || name, details: facts }
}

/** Reads an invitation to a channel. */
export function readChannelInvite(part: {
  newsletterJid?: unknown
  newsletterName?: unknown
  caption?: unknown
  inviteExpiration?: unknown
}): Reading {
  const name = label(part.newsletterName)
  const facts = factsOf({
    channel: label(part.newsletterJid, 100),
    name,
    expiresAt: isoOf(part.inviteExpiration),
  })
  return { kind: 'text', text: words(part.caption) || name, details: facts }
}

/** Reads a sticker pack. */
export function readStickerPack(part: proto.Message.IStickerPackMessage): Reading {
  const name = label(part.name)
  const facts = factsOf({
    name,
    publisher: label(part.publisher),
    description: label(part.packDescription, 500),
  })
  return { kind: 'text', text: words(part.caption) || name, details: facts }
}

/** Reads a scheduled call. */
export function readScheduledCall(part: proto.Message.IScheduledCallCreationMessage): Reading {
  const title = label(part.title)
  const startsAt = momentOf(part.scheduledTimestampMs)?.toISOString()
  return { kind: 'text', text: title, details: factsOf({ name: title, startsAt }) }
}

/** Reads a payment request; the note inside it is a message of its own. */
export function readPaymentRequest(
  part: proto.Message.IRequestPaymentMessage,
  textOf: (note: proto.IMessage) => string,
): Reading {
  const amount = part.amount1000 ? amountOf(part.amount1000) : moneyOf(part.amount)
  const currency = label(part.currencyCodeIso4217, 8) || label(part.amount?.currencyCode, 8)
  const text = part.noteMessage ? textOf(part.noteMessage) : ''
  return {
    kind: 'text',
    text,
    details: factsOf({ paymentRequested: amount, currency, expiresAt: isoOf(part.expiryTimestamp) }),
  }
}

function moneyOf(money: proto.IMoney | null | undefined): number | undefined {
  const [value, offset] = [Number(money?.value ?? Number.NaN), Number(money?.offset ?? 1)]
  const amount = value / offset
  return Number.isFinite(amount) && amount >= 0 ? amount : undefined
}

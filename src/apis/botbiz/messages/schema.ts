import { presentAddress, presentAddresses, usernameFields } from './addresses.ts'
import { z } from 'zod'
import { isMediaKind, mediaKinds } from '../../../features/media/media.ts'
import type { MediaUrl, MediaKind } from '../../../features/media/media.ts'
import type { Message } from '../../../features/messages/message.ts'
import type { NewContent, WordlessKind } from '../../../features/messages/outgoing.ts'
import { presentContent, shownText } from '../../shared/content.ts'
import { accountRef, messageRef as refOfMessage, plusDigits, readRowId } from '../../shared/ids.ts'
import { mediaFields, mediaPath } from '../../shared/media.ts'
import { EmojiInput } from '../../shared/emoji.ts'
import { directions, sentenceOf, standingFields } from '../../shared/messages.ts'
import { evenIfFaulty, fieldsOf, refuseMissing } from '../../shared/missing.ts'
import { intentFields, outgoingFields, readOutgoing, wordlessFields } from '../../shared/outgoing.ts'
import { BotbizMedia, presentBotbizMedia } from './media.ts'
import { accountField, addressField } from '../../shared/params.ts'
import { wordlessNames } from '../../shared/kinds/kinds.ts'
import { checkTime, sendAtField, timeZoneField } from '../../shared/schedules.ts'
import { expectedText, messageText, messageTextOrNone } from '../../shared/text.ts'
import { isoSeconds } from '../../shared/times.ts'
import { snaked } from '../snake-case.ts'

/** Types that change an existing message. */
const changes = ['reaction', 'edit', 'delete'] as const
const types = ['text', ...mediaKinds, ...wordlessNames, ...changes] as const
type Type = (typeof types)[number]
const expectedType = `expected one of ${types.join(', ')}`
const maxAddressLength = 2048

/** The fields of content in place of a text, each named as its type. */
const ownFields = Object.fromEntries(wordlessNames.map((kind) => [kind, [kind]])) as Record<
  WordlessKind,
  [WordlessKind]
>

/** Fields that a message of each type must have besides its recipient; files are checked on their own. */
const needs: Record<Exclude<Type, MediaKind>, readonly string[]> = {
  text: ['content'],
  ...ownFields,
  reaction: ['content', 'message_id'],
  edit: ['content', 'message_id'],
  delete: ['message_id'],
}

const withWords = ['text', ...mediaKinds] as const
const captioned = ['image', 'video', 'document'] as const
const messages = [...withWords, ...wordlessNames] as const

/** The types that take a field which not all of them take. */
const takes: Record<string, readonly Type[]> = {
  content: [...withWords, 'reaction', 'edit'],
  media_id: mediaKinds,
  caption: captioned,
  filename: mediaKinds,
  voice: ['audio'],
  gif: ['video'],
  ...ownFields,
  mentions: withWords,
  link_preview: ['text'],
  buttons: withWords,
  list: withWords,
  message_id: changes,
  reply_to: messages,
  forwarded: messages,
  category: messages,
  confirm_bulk: messages,
  send_at: messages,
  time_zone: messages,
}

const messageRef = z
  .string({ error: 'expected the id of a message, such as msg_12' })
  .transform((text, ctx) => {
    const id = readRowId(text.startsWith('msg_') ? text.slice(4) : text)
    if (id !== undefined) return id
    ctx.addIssue({ code: 'custom', message: 'expected the id of a message, such as msg_12' })
    return z.NEVER
  })
  .optional()

const typedFields = {
  location: wordlessFields.location.meta({ description: 'Extension: for the type location' }),
  contact: wordlessFields.contact.meta({ description: 'Extension: for the type contact' }),
  poll: wordlessFields.poll.meta({ description: 'Extension: for the type poll' }),
} satisfies Record<WordlessKind, z.ZodType>

const Fields = z.strictObject({
  to: addressField().meta({
    type: 'string',
    description:
      'The recipient’s phone number with country code, a jid, or the username of somebody known (@maria.lopez)',
    example: '+1234567890',
  }),
  type: z.enum(types, { error: expectedType }),
  content: messageTextOrNone(
    'The text; for a reaction the emoji, or "" to remove it; for an edit the new text; for a file its URL, fetched before the send',
  ).optional(),
  media_id: z.int().positive().optional().meta({
    description: 'Extension: a stored file (POST /api/v1/media) instead of a URL',
  }),
  caption: messageText('The caption of the file').optional(),
  filename: z.string().max(1000).optional().meta({ description: 'The name that the recipient sees' }),
  voice: mediaFields.voice,
  gif: mediaFields.gif,
  ...typedFields,
  mentions: outgoingFields.mentions,
  forwarded: outgoingFields.forwarded,
  link_preview: outgoingFields.linkPreview,
  buttons: outgoingFields.buttons,
  list: outgoingFields.list,
  category: intentFields.category,
  confirm_bulk: intentFields.confirmBulk,
  send_at: sendAtField.meta({
    description: 'Extension: when to send it: an ISO time with offset, or a local time in `time_zone`',
    example: '2026-12-24T10:00',
  }),
  time_zone: timeZoneField,
  message_id: messageRef.meta({
    type: 'string',
    description: 'Extension: the message that a reaction, an edit or a delete is about',
    example: 'msg_12',
  }),
  reply_to: messageRef.meta({
    type: 'string',
    description: 'Extension: the message of the same chat that this one quotes',
    example: 'msg_12',
  }),
  account_id: accountField().optional().meta({
    type: 'string',
    description: 'The account to send from; default: that of the key',
    example: 'wha_1',
  }),
})

type Body = z.output<typeof Fields>

export const BotbizMessageBody = Fields.superRefine((body, ctx) => {
  const given: Record<string, unknown> = body
  const { type } = body
  for (const [field, by] of Object.entries(takes)) {
    if (given[field] === undefined || by.includes(type)) continue
    const message = `a message of type ${type} has no ${field}`
    ctx.addIssue({ code: 'custom', path: [field], message })
  }
  checkTime(given, ['send_at', 'time_zone'], ctx)
  for (const [field, fault] of faultsOf(body)) {
    if (fault !== undefined) ctx.addIssue({ code: 'custom', path: [field], message: fault })
  }
}).superRefine((body, ctx) => {
  const given = fieldsOf(body)
  if (given === undefined) return
  for (const field of neededBy(given)) if (given[field] === undefined) refuseMissing(field, ctx)
}, evenIfFaulty)

/** Returns the required fields; without a type it is a text. */
function neededBy({ type = 'text', media_id }: Readonly<Record<string, unknown>>): readonly string[] {
  const known = types.find((each) => each === type)
  if (known === undefined) return []
  if (!isMediaKind(known)) return needs[known]
  return media_id === undefined ? ['content'] : []
}

/** Lists the faults of the given fields. */
function faultsOf(body: Body): [string, string | undefined][] {
  const wordless = isMediaKind(body.type) && body.caption === undefined
  const alone = (field: 'mentions' | 'buttons' | 'list'): [string, string | undefined] => [
    field,
    wordless && body[field] !== undefined ? 'expected caption as well' : undefined,
  ]
  return [
    ['content', faultOfContent(body)],
    alone('mentions'),
    alone('buttons'),
    alone('list'),
    ['list', body.list && body.buttons ? 'expected either buttons or list' : undefined],
  ]
}

function faultOfContent({ type, content, media_id }: Body): string | undefined {
  if (content === undefined) return undefined
  if (type === 'reaction') return EmojiInput.safeParse(content).success ? undefined : 'expected one emoji'
  if (content === '') return expectedText
  if (!isMediaKind(type)) return undefined
  if (media_id !== undefined) return 'expected either the URL of the file or media_id'
  return content.length > maxAddressLength ? 'this URL is too long' : undefined
}

/** Reads the message to send; for a file, `content` is its address. */
export function readDraft(body: Body) {
  const { to, type, caption, category, confirm_bulk: confirmBulk, voice, gif } = body
  const { media_id: id, filename: fileName } = body
  const common = { to, content: readContent(body), category, confirmBulk }
  if (!isMediaKind(type)) return { ...common, text: body.content }
  return { ...common, text: caption, media: { id, url: body.content, kind: type, fileName, voice, gif } }
}

/** Reads a change of a message; undefined for a new message. */
export function readChange({ to, type, content = '', message_id: id = 0 }: Body) {
  const kind = changes.find((change) => change === type)
  return kind && { kind, target: { id, to }, text: content }
}

/** Reads the content of a send besides words and files; undefined if it has none. */
function readContent({
  reply_to: replyTo,
  link_preview: linkPreview,
  ...body
}: Body): NewContent | undefined {
  return readOutgoing({ ...body, replyTo, linkPreview })
}

export const BotbizMessage = z
  .object({
    id: z.string().meta({ description: 'msg_ and a number' }),
    account_id: z.string(),
    to: z.string(),
    to_username: usernameFields.to_username,
    type: z.string(),
    content: z.string().meta({ description: 'The text, or the URL of the file' }),
    caption: z.string().optional(),
    media: BotbizMedia.optional(),
    status: z.string(),
    reason: standingFields.reason,
    created_at: z.string(),
    details: z
      .looseObject({})
      .optional()
      .meta({ description: 'Extension: content besides the text, as in MessageExtras' }),
  })
  .meta({ id: 'BotbizMessage' })

/** The state of a message in either direction. */
export const BotbizMessageState = BotbizMessage.extend({
  from: z.string(),
  from_username: usernameFields.from_username,
  direction: z.enum(directions),
  say: z.string().meta({ description: 'The status as a sentence' }),
  updated_at: z.string().meta({ description: 'When it reached that status' }),
}).meta({ id: 'BotbizMessageState' })

/** Shows the state of a message; `ownPhone` is the account's number. */
export function presentState(
  message: Message,
  { ownPhone, urlOf }: { ownPhone: string | null; urlOf: MediaUrl },
): z.input<typeof BotbizMessageState> {
  const { to: _, to_username: __, ...shown } = presentMessage(message, urlOf)
  const ours = plusDigits(ownPhone) ?? accountRef(message.accountId)
  const { direction, readAt, deliveredAt, ackedAt, createdAt } = message
  const addresses = presentAddresses(message, ours)
  const updated = readAt ?? deliveredAt ?? ackedAt ?? createdAt
  return { ...shown, ...addresses, direction, say: sentenceOf(message), updated_at: isoSeconds(updated) }
}

/** Shows the answer to a send: `content` is the sent text, or a file's address. */
export function presentSent(
  message: Message,
  { content }: Pick<Body, 'content'>,
  urlOf: MediaUrl,
): z.input<typeof BotbizMessage> {
  const shown = presentMessage(message, urlOf)
  return isMediaKind(message.kind) && content !== undefined ? { ...shown, content } : shown
}

/** Shows a message as Botbiz does. */
export function presentMessage(message: Message, urlOf: MediaUrl = mediaPath): z.input<typeof BotbizMessage> {
  const { details } = presentContent(message, isoSeconds)
  return {
    id: refOfMessage(message.id),
    account_id: accountRef(message.accountId),
    to: presentAddress(message.chatJid),
    ...(message.chatUsername === null ? {} : { to_username: message.chatUsername }),
    type: message.kind,
    content: shownText(message),
    ...presentBotbizMedia(message, urlOf),
    status: message.status,
    ...(message.reason === null ? {} : { reason: message.reason }),
    created_at: isoSeconds(message.createdAt),
    ...(details === undefined ? {} : { details: snaked(details) }),
  }
}

import { z } from 'zod'
import type { ReceivedMessage } from '../../sandbox/people/message-log.ts'

/** A part of a WhatsApp message as the control API writes it: JSON, where a kind may be a name or a number. */
const Part = z.looseObject({})
type Part = z.infer<typeof Part>

const wrappers = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'deviceSentMessage',
  'editedMessage',
]
const maxWrappers = 5

/**
 * Renders a message as one line: its words, after a tag such as `[image]` unless it is plain text. An unknown kind has its name
 * from WhatsApp's protocol.
 */
export function lineOf({
  message,
  text,
  media,
}: Pick<ReceivedMessage, 'message' | 'text' | 'media'>): string {
  const content = unwrapped(partOf(message))
  if (content['conversation'] !== undefined || content['extendedTextMessage'] !== undefined) return text
  const names = Object.keys(content).filter((name) => content[name] !== null && /Message(V\d)?$/.test(name))
  const name = names.find((each) => each in descriptions) ?? names[0]
  if (name === undefined) return text
  const part = partOf(content[name])
  const [tag, ...words] = (descriptions[name] ?? unknown(name))(part, media)
  const problem = media?.error === undefined ? '' : `(could not be opened: ${media.error})`
  return [`[${tag}]`, ...words, text, problem].filter((each) => each !== '').join(' ')
}

/** Returns the tag, and the parts to show besides the words. */
type Describe = (part: Part, media: ReceivedMessage['media']) => string[]

const tag =
  (name: string, field?: string): Describe =>
  (part) => [name, field === undefined ? '' : stringOf(part[field])]

const place: Describe = (part) => {
  const at = [part['degreesLatitude'], part['degreesLongitude']].map(stringOf).join(',')
  return ['location', stringOf(part['name']), stringOf(part['address']), at === ',' ? '' : `(${at})`]
}

const poll: Describe = (part) => {
  const options = z.array(Part).catch([]).parse(part['options'])
  const named = options.map((option) => stringOf(option['optionName'])).join(', ')
  return ['poll', stringOf(part['name']), named === '' ? '' : `(${named})`]
}

const changes: Record<string, string> = {
  REVOKE: 'deleted',
  0: 'deleted',
  EPHEMERAL_SETTING: 'timer',
  3: 'timer',
  MESSAGE_EDIT: 'edit',
  14: 'edit',
}

const descriptions: Record<string, Describe> = {
  imageMessage: tag('image'),
  videoMessage: tag('video'),
  ptvMessage: tag('video'),
  audioMessage: ({ ptt }) => [ptt === true ? 'voice' : 'audio'],
  documentMessage: (part, media) => {
    const name = stringOf(part['fileName'])
    return ['document', name, sizeOf(media?.size ?? Number(stringOf(part['fileLength']) || Number.NaN))]
  },
  stickerMessage: tag('sticker'),
  locationMessage: place,
  liveLocationMessage: place,
  contactMessage: tag('contact', 'displayName'),
  contactsArrayMessage: tag('contacts', 'displayName'),
  pollCreationMessage: poll,
  pollCreationMessageV2: poll,
  pollCreationMessageV3: poll,
  pollCreationMessageV5: poll,
  pollUpdateMessage: tag('vote'),
  eventMessage: tag('event', 'name'),
  encEventResponseMessage: tag('answer'),
  reactionMessage: tag('reaction'),
  secretEncryptedMessage: tag('edit'),
  groupInviteMessage: tag('group invite', 'groupName'),
  protocolMessage: ({ type }) => [
    changes[stringOf(type)] ?? (type === undefined ? 'deleted' : stringOf(type)),
  ],
}

const unknown = (name: string): Describe => tag(name.replace(/Message(V\d)?$/, ''))

function unwrapped(content: Part): Part {
  let inner = content
  for (let depth = 0; depth < maxWrappers; depth += 1) {
    const wrapper = wrappers.find((name) => inner[name] !== undefined && inner[name] !== null)
    if (wrapper === undefined) break
    inner = partOf(partOf(inner[wrapper])['message'])
  }
  return inner
}

function partOf(value: unknown): Part {
  return Part.catch({}).parse(value)
}

function stringOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function sizeOf(bytes: number): string {
  if (!Number.isFinite(bytes)) return ''
  if (bytes < 1000) return `(${bytes} B)`
  const isLarge = bytes >= 1_000_000
  return isLarge ? `(${(bytes / 1_000_000).toFixed(1)} MB)` : `(${Math.round(bytes / 1000)} KB)`
}

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { SetupError } from '../../core/errors.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import type { ChangeRequest, SandboxControl } from '../../sandbox/control/control-client.ts'

/** Holds the content of a message besides its words; each kind uses some of it. */
export interface ContentFlags {
  kind?: string
  file?: string
  caption?: string
  name?: string
  address?: string
  at?: string
  phone?: string[]
  option?: string[]
  message?: string
  own?: boolean
  guests?: string
  seconds?: string
}

/** Holds an act of a customer, and its context. */
interface Saying {
  control: SandboxControl
  customer: string
  account: string
  /** Empty if none were given. */
  words: string
  flags: ContentFlags
  /** The folder that relative paths start from. */
  cwd: string
}

/** Carries out the act and returns the message id. */
type Say = (saying: Saying) => Promise<string>

const file: (kind: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker') => Say =
  (kind) =>
  ({ control, customer, account, words, flags, cwd }) => {
    const path = resolve(cwd, needed(flags.file, '--file', kind))
    const caption = words === '' ? {} : { caption: words }
    const fileName = flags.name ?? path.slice(path.lastIndexOf('/') + 1)
    const named = kind === 'document' ? { fileName } : {}
    return control.sendMediaAsCustomer(customer, account, { kind, path, ...caption, ...named })
  }

const message: (compose: (saying: Saying) => object) => Say = (compose) => (saying) =>
  saying.control.sendMessageAsCustomer(saying.customer, saying.account, compose(saying))

const change: (compose: (saying: Saying, id: string) => ChangeRequest) => Say =
  (compose) => async (saying) => {
    const { control, customer, account, flags } = saying
    const id = flags.message ?? (await newestReceived(control, customer))
    return control.changeAsCustomer(customer, account, compose(saying, id))
  }

/** Changes a message that the customer sent. */
function ownChange(kind: string, compose: (id: string, words: string) => ChangeRequest): Say {
  return ({ control, customer, account, words, flags }) => {
    const id = needed(flags.message, '--message: the id that sending it printed', kind)
    return control.changeAsCustomer(customer, account, compose(id, words))
  }
}

/** Names the kinds that come from a catalogue or from the phone itself, or that no person sends on purpose. */
type UnplayedKind = 'order' | 'product' | 'call' | 'unsupported' | 'undecryptable'
type PlayedKind = Exclude<MessageKind, UnplayedKind>

/** Everything a customer can do, by the values of `--kind`. */
export const sayings = {
  text: message(({ words }) => ({ conversation: needed(words || undefined, 'a text', 'text'), ...secret() })),
  image: file('image'),
  video: file('video'),
  audio: file('audio'),
  voice: file('voice'),
  document: file('document'),
  sticker: file('sticker'),
  location: message(({ flags, words }) => ({ locationMessage: placeOf(flags, words) })),
  contact: message(({ flags, words }) => ({ contactMessage: cardOf(flags, words) })),
  poll: message(({ flags, words }) => ({
    pollCreationMessageV3: {
      name: needed(words || undefined, 'a question', 'poll'),
      options: needed(flags.option, '--option at least twice', 'poll').map((optionName) => ({ optionName })),
      selectableOptionsCount: 1,
    },
    ...secret(),
  })),
  event: message(({ words }) => ({
    eventMessage: {
      name: needed(words || undefined, 'a name', 'event'),
      startTime: Math.floor(Date.now() / 1000) + secondsOfDay,
      extraGuestsAllowed: true,
    },
    ...secret(),
  })),
  reply: async (saying) => {
    const { control, customer, flags, words } = saying
    const stanzaId = flags.message ?? (await newestReceived(control, customer))
    const contextInfo = { stanzaId, participant: `${saying.account}@s.whatsapp.net` }
    const quoted = { ...contextInfo, quotedMessage: { conversation: '' } }
    return message(() => ({ extendedTextMessage: { text: words, contextInfo: quoted } }))(saying)
  },
  reaction: change(({ words, flags }, id) => ({
    kind: 'reaction',
    message: id,
    emoji: words,
    ...(flags.own ? { own: true } : {}),
  })),
  vote: change(({ flags }, id) => ({ kind: 'vote', message: id, options: flags.option ?? [] })),
  answer: change(({ words, flags }, id) => ({
    kind: 'answer',
    message: id,
    answer: answerOf(words),
    ...(flags.guests === undefined ? {} : { guests: wholeNumber(flags.guests, '--guests') }),
  })),
  edit: ownChange('edit', (id, text) => ({ kind: 'edit', message: id, text })),
  delete: ownChange('delete', (id) => ({ kind: 'delete', message: id })),
  timer: ({ control, customer, account, flags }) =>
    control.changeAsCustomer(customer, account, {
      kind: 'timer',
      seconds: wholeNumber(needed(flags.seconds, '--seconds', 'timer'), '--seconds'),
    }),
  raw: message(({ flags, cwd }) => rawMessage(resolve(cwd, needed(flags.file, '--file', 'raw')))),
} as const satisfies Record<PlayedKind, Say> & Record<string, Say>

const secondsOfDay = 24 * 60 * 60

/** Creates the secret with which phones encrypt votes, answers and edits of the message. */
function secret(): object {
  return { messageContextInfo: { messageSecret: randomBytes(32).toString('base64') } }
}

const answers = ['going', 'not_going', 'maybe', 'none'] as const

function answerOf(words: string): (typeof answers)[number] {
  const found = answers.find((each) => each === words)
  if (found) return found
  throw new SetupError(`Expected one of ${answers.join(', ')} as the answer; found "${words}".`)
}

/** Returns the act of a kind. @throws SetupError for an unknown kind */
export function sayingOf(kind: string): Say {
  const found = Object.entries(sayings).find(([name]) => name === kind)
  if (found) return found[1]
  throw new SetupError(`--kind: expected one of ${Object.keys(sayings).join(', ')}; found "${kind}".`)
}

function needed<T>(value: T | undefined, what: string, kind: string): T {
  if (value === undefined) throw new SetupError(`A message of kind ${kind} needs ${what}.`)
  return value
}

/** Returns the id of the last message that the customer received. */
async function newestReceived(control: SandboxControl, customer: string): Promise<string> {
  const { total } = await control.received(customer, 0, 0)
  const { messages } = await control.received(customer, Math.max(0, total - 1), 1)
  const [newest] = messages
  if (!newest) throw new SetupError(`${customer} has received nothing yet: name a message with --message.`)
  return newest.id
}

function placeOf(flags: ContentFlags, words: string): object {
  const numbers = needed(flags.at, '--at', 'location').split(',').map(Number)
  const [degreesLatitude, degreesLongitude] = numbers
  if (numbers.length !== 2 || !numbers.every(Number.isFinite)) {
    throw new SetupError(`--at: expected latitude and longitude, such as -34.6,-58.4; found "${flags.at}"`)
  }
  const name = flags.name ?? words
  const named = name === '' ? {} : { name }
  return { degreesLatitude, degreesLongitude, ...named, ...(flags.address ? { address: flags.address } : {}) }
}

function cardOf(flags: ContentFlags, words: string): object {
  const displayName = needed((flags.name ?? words) || undefined, '--name', 'contact')
  const phones = needed(flags.phone, '--phone', 'contact').map((phone) => phone.replaceAll(/\D/g, ''))
  const lines = phones.map((digits) => `TEL;type=CELL;waid=${digits}:+${digits}`)
  const vcard = ['BEGIN:VCARD', 'VERSION:3.0', `FN:${displayName}`, ...lines, 'END:VCARD'].join('\n')
  return { displayName, vcard }
}

function wholeNumber(text: string, flag: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new SetupError(`${flag}: expected a whole number, found "${text}"`)
  return Number(text)
}

function rawMessage(path: string): object {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof read === 'object' && read !== null) return read
  } catch (error) {
    throw new SetupError(`--file: ${path} cannot be read as JSON`, { cause: error })
  }
  throw new SetupError(`--file: ${path} contains no message`)
}

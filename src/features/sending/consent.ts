import type { AccountId, ChatId, CustomerId, MessageId } from '../../core/ids.ts'
import { answersQuestion, consentTexts, readConsentWord, withOptOut } from './rules/consent.ts'
import type { Category, OwnWords } from './rules/consent.ts'
import { AppError } from '../../core/errors.ts'
import type { Author } from '../messages/message.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import { ownQuietHours, quietEnd } from './rules/quiet-hours.ts'
import type { QuietTimes } from './rules/quiet-hours.ts'
import { previewOf } from '../messages/message.ts'
import { setOptedOut } from '../chats/records.ts'
import { messagesOfChat } from '../messages/records.ts'
import { findConsent, hadMarketing, setAcceptsMarketing, waitingMarketing } from './queries/consent.ts'
import { appendEvent } from '../events/records.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { Languages } from '../messages/languages.ts'
import { changeStatus } from '../messages/statuses.ts'

/** Holds a business's rules for advertising. */
export interface ConsentRules {
  words: OwnWords
  quiet: QuietTimes
}

export const defaultConsentRules: ConsentRules = {
  words: { stop: [], again: [] },
  quiet: { hours: '21:00-09:00', holidays: [], zone: 'UTC' },
}

/**
 * Returns the text of a message as it may go to a chat: advertising only with consent, and the first one with the opt-out
 * notice; nothing by the bot to a person who opted out. Messages that a person or a program of the business sends for a reason
 * always go.
 * @throws AppError conflict if it must not be sent
 */
export async function checkConsent(
  db: Db,
  { accountId, chatId }: ChatCustomer,
  message: { kind: MessageKind; text: string; category: Category; author: Author },
  languages: Pick<Languages, 'ofCustomer'>,
): Promise<string> {
  const { category, author } = message
  if (category === 'transactional' && author !== 'bot') return message.text
  const consent = await findConsent(db, chatId)
  if (category === 'transactional') {
    if (consent?.optedOut) throw new AppError('conflict', askedForSilence)
    return message.text
  }
  const refusal = refusalOf(consent)
  if (refusal !== undefined) throw new AppError('conflict', refusal)
  if (await hadMarketing(db, chatId)) return message.text
  if (!withRoom.has(message.kind)) throw new AppError('conflict', firstHasNoRoom)
  const phone = consent?.phone ?? null
  return withOptOut(message.text, await languages.ofCustomer(db, accountId, { chatId, phone }))
}

const askedForSilence = 'This customer has opted out.'
/** Kinds whose words can carry the opt-out notice. */
const withRoom: ReadonlySet<MessageKind> = new Set(['text', 'image', 'video', 'document'])
const firstHasNoRoom =
  'The first advertising to a customer must say how to opt out, so it needs a text: send one first.'

function refusalOf(consent: Awaited<ReturnType<typeof findConsent>>): string | undefined {
  if (!consent) return 'Advertising does not go to groups.'
  if (consent.optedOut) return askedForSilence
  if (!consent.acceptsMarketing) {
    return 'This customer has not agreed to advertising (acceptsMarketing is false).'
  }
  return undefined
}

/** Tells whether waiting advertising may go now: the customer may have changed their mind, or sleeps. */
export async function canSendMarketing(
  db: Db,
  chatId: ChatId,
  rules: ConsentRules,
  now: Date,
): Promise<{ kind: 'yes' | 'no' } | { kind: 'later'; until: Date }> {
  const consent = await findConsent(db, chatId)
  if (!consent || refusalOf(consent) !== undefined) return { kind: 'no' }
  const hours = ownQuietHours(consent.customFields) ?? rules.quiet.hours
  const until = quietEnd(now, { ...rules.quiet, hours })
  return until === null ? { kind: 'yes' } : { kind: 'later', until }
}

/** Names a customer by chat. */
export interface ChatCustomer {
  accountId: AccountId
  chatId: ChatId
}

/**
 * Opts a customer out: no more advertising, the bot is silent, and waiting advertising is cancelled. False if that
 * was so already.
 */
export async function optOut(trx: Trx, { accountId, chatId }: ChatCustomer, at: Date): Promise<boolean> {
  const consent = await findConsent(trx, chatId)
  if (consent?.optedOut && !consent.acceptsMarketing) return false
  await setOptedOut(trx, { id: chatId, accountId }, at)
  const change = { status: 'cancelled', reason: 'opted_out', detail: null, at } as const
  for (const waId of await waitingMarketing(trx, chatId)) await changeStatus(trx, accountId, waId, change)
  if (consent)
    await report(trx, { accountId, chatId, customerId: consent.customerId }, { accepts: false, at })
  return true
}

/** Opts a customer in again. False if they had not opted out. */
export async function optIn(trx: Trx, { accountId, chatId }: ChatCustomer, at: Date): Promise<boolean> {
  const consent = await findConsent(trx, chatId)
  if (!consent?.optedOut) return false
  await setOptedOut(trx, { id: chatId, accountId }, null)
  await report(trx, { accountId, chatId, customerId: consent.customerId }, { accepts: true, at })
  return true
}

async function report(
  trx: Trx,
  { accountId, chatId, customerId }: ChatCustomer & { customerId: CustomerId },
  { accepts, at }: { accepts: boolean; at: Date },
): Promise<void> {
  await setAcceptsMarketing(trx, customerId, accepts, at)
  await appendEvent(trx, { name: 'customer.updated', accountId, chatId, data: { customerId } }, at)
}

/** Holds a message that may be an opt-out word. */
export interface ConsentMessage {
  id: number
  text: string
  phone: string | null
  words: OwnWords
  languages: Pick<Languages, 'ofCustomer'>
}

/**
 * Obeys a message that asks for no more advertising, or for it again. A word that answers a question of the business does not
 * count.
 * @returns the confirming text; undefined if none is needed
 */
export async function handleOptOutKeyword(
  trx: Trx,
  person: ChatCustomer,
  { id, text, phone, words, languages }: ConsentMessage,
  at: Date,
): Promise<string | undefined> {
  const word = readConsentWord(text, words)
  if (!word) return undefined
  const asked = await lastSaidBefore(trx, person.chatId, id)
  if (asked !== undefined && answersQuestion(text, asked)) return undefined
  const changed = await (word.kind === 'stop' ? optOut : optIn)(trx, person, at)
  if (!changed) return undefined
  const { accountId, chatId } = person
  const language = word.language ?? (await languages.ofCustomer(trx, accountId, { chatId, phone }))
  return consentTexts[word.kind === 'stop' ? 'stopped' : 'again'][language]
}

/** Returns the words of the previous message if it is ours: the question that this one may answer. */
async function lastSaidBefore(db: Db, chatId: ChatId, messageId: MessageId): Promise<string | undefined> {
  const messages = await messagesOfChat(db, chatId, { limit: maxRecent })
  const [last] = messages.filter(({ id }) => id < messageId).slice(-1)
  return last?.direction === 'outgoing' ? previewOf(last) : undefined
}

const maxRecent = 5

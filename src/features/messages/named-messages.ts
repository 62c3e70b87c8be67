import type { AccountId, ChatId, MessageId } from '../../core/ids.ts'
import type { Direction } from '../chats/chat.ts'
import type { MessageRef, Quote } from '../../core/content.ts'
import { withContext } from '../../core/message-body.ts'
import type { IncomingMessage } from '../../core/messages/incoming.ts'
import { jidKind } from '../../core/jid.ts'
import { findTargets } from './queries/message-changes.ts'
import type { Naming, TargetMessage } from './queries/message-changes.ts'
import type { Trx } from '../../db/tables.ts'
import { cutText } from '../../util/text.ts'
import { allAddresses } from '../contacts/identity.ts'

const maxQuoteLength = 1000

/** Names a message as WhatsApp does; in a group each writer has their own ids. */
export type WholeName = Naming & { participant: string | null }

/** Tells whether two addresses are one person's; undefined if unknown. */
async function isSamePerson(
  trx: Trx,
  accountId: AccountId,
  [one, other]: readonly [string, string],
): Promise<boolean | undefined> {
  if (one === other) return true
  if (jidKind(one) === jidKind(other)) return false
  const known = await allAddresses(trx, accountId, [one])
  if (known.includes(other)) return true
  const others = await allAddresses(trx, accountId, [other])
  return known.length > 1 || others.length > 1 ? false : undefined
}

/**
 * Finds the named message; undefined if it is not here (yet). Of several with one id it is the writer's; a writer
 * whose identity is uncertain counts only if no other message has the id.
 */
export async function findNamed(trx: Trx, name: WholeName): Promise<TargetMessage | undefined> {
  const { accountId, participant } = name
  const found = await findTargets(trx, name)
  if (participant === null) return found[0]
  const perhaps: TargetMessage[] = []
  for (const message of found) {
    const same =
      message.participant === null
        ? undefined
        : await isSamePerson(trx, accountId, [message.participant, participant])
    if (same === true) return message
    if (same === undefined) perhaps.push(message)
  }
  return perhaps.length === 1 ? perhaps[0] : undefined
}

/** Names the message of a change within its chat. */
export function nameOf(accountId: AccountId, chatId: ChatId, target: MessageRef): WholeName {
  const { waId, fromMe, participant } = target
  return { accountId, chatId, waId, direction: fromMe ? 'outgoing' : 'incoming', participant }
}

/** Returns the direction of an incoming message or change. */
export function directionOf({ fromMe }: Pick<IncomingMessage, 'fromMe'>): Direction {
  return fromMe ? 'outgoing' : 'incoming'
}

/** Names an incoming message within its chat. */
function nameIn(message: IncomingMessage): Pick<WholeName, 'waId' | 'direction' | 'participant'> {
  const { waId, participant } = message
  return { waId, participant, direction: directionOf(message) }
}

/**
 * Tells whether an incoming message is the stored one with its id, if it is unknown whether both writers are one
 * person: better one message twice than one lost.
 */
function isSameMessage(known: TargetMessage, coming: IncomingMessage): boolean {
  const { kind, text, participant, editedAt, deletedAt } = known
  const isOpen = kind !== 'undecryptable' && coming.kind !== 'undecryptable'
  return (
    participant === coming.participant ||
    !isOpen ||
    editedAt !== null ||
    deletedAt !== null ||
    text === coming.text
  )
}

/**
 * Finds the messages here that an incoming one relates to: the same one from another delivery (`storedAs`), and those that it
 * quotes and belongs to, which the returned message names by our ids.
 */
export async function findRelated(
  trx: Trx,
  chat: { accountId: AccountId; chatId: ChatId },
  message: IncomingMessage,
): Promise<{ message: IncomingMessage; storedAs: MessageId | undefined }> {
  const name = { ...chat, ...nameIn(message) }
  // Outside groups the row's own name tells, when the message is stored.
  const known = name.participant === null ? undefined : await findNamed(trx, name)
  const storedAs = known && isSameMessage(known, message) ? known.id : undefined
  const { quote, partOf } = message.details ?? {}
  if (!quote && !partOf) return { message, storedAs }
  const whole = partOf && (await findNamed(trx, { ...name, waId: partOf.waId }))
  const quoted = quote && (await withQuoted(trx, name, quote))
  const related = withContext(message, {
    ...(quoted ? { quote: quoted } : {}),
    ...(partOf && whole ? { partOf: { ...partOf, messageId: whole.id } } : {}),
  })
  return { message: related, storedAs }
}

/**
 * Completes a quote that only names its message: kind and words come from our own record; for an unknown message only
 * the name is kept.
 */
async function withQuoted(trx: Trx, { accountId, chatId }: WholeName, quote: Quote): Promise<Quote> {
  const named = nameOf(accountId, chatId, quote)
  let quoted = await findNamed(trx, named)
  if (!quoted && quote.participant === null) {
    quoted = await findNamed(trx, { ...named, direction: quote.fromMe ? 'incoming' : 'outgoing' })
  }
  if (!quoted) return quote
  const isNamedOnly = quote.kind === 'unsupported' && quote.text === ''
  const own = isNamedOnly ? { kind: quoted.kind, text: cutText(quoted.text, maxQuoteLength) } : {}
  const fromMe = quote.participant === null ? quoted.direction === 'outgoing' : quote.fromMe
  return { ...quote, ...own, fromMe, messageId: quoted.id }
}

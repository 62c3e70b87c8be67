import { phoneJid } from '../../core/jid.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Trx } from '../../db/tables.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Arrival, Reaction } from '../messages/arrival.ts'
import type { IncomingMessage } from '../../core/messages/incoming.ts'
import type { Languages } from '../messages/languages.ts'
import { hasCalled } from './queries/calls.ts'
import { handleOptOutKeyword } from './consent.ts'
import type { Outbox } from './outbox.ts'
import { raiseClass } from './queries/pacing.ts'
import type { OwnWords } from './rules/consent.ts'
import { classify } from './rules/pacing.ts'

/** Time during which a caller who was told that calls are not taken is not told again. */
const callReplyEveryMs = 60 * 60_000
/** An older call, which came while there was no connection, is not answered any more. */
const latestReplyMs = 30 * 60_000

/** Raises waiting messages to a person who has just written: they are answers now. */
export function raisingWaiting(outboxChanged: Notifier): Reaction {
  return async (trx, { chat, message, at, isNew }) => {
    if (!isNew || message.fromMe || !chat.hasQueued) return
    const standing = { kind: message.chat.kind, lastIncomingAt: message.sentAt.getTime() }
    const isRaised = await raiseClass(trx, chat.id, classify(standing, at.getTime()))
    if (isRaised) afterCommit(trx, () => outboxChanged.notify())
  }
}

type Answering = Pick<Outbox, 'enqueue'>

/** Answers missed calls of people with `reply`, once an hour each. */
export function answeringCalls(reply: string, outbox: Answering): Reaction {
  return async (trx, arrival) => {
    if (arrival.isReported && (await isCallToAnswer(trx, arrival))) await answer(trx, arrival, reply, outbox)
  }
}

async function isCallToAnswer(trx: Trx, { id, chat, message, at }: Arrival): Promise<boolean> {
  const { fromMe, sentAt } = message
  if (message.kind !== 'call' || fromMe || message.chat.kind !== 'person') return false
  if (message.details?.facts?.['outcome'] !== 'missed') return false
  if (at.getTime() - sentAt.getTime() > latestReplyMs) return false
  const since = new Date(sentAt.getTime() - callReplyEveryMs)
  return !(await hasCalled(trx, { chatId: chat.id, since, except: id }))
}

/**
 * Obeys the words by which a customer stops advertising or wants it back, and confirms once. A tapped option is no
 * word.
 */
export function obeyingConsentWords({
  words,
  languages,
  outbox,
}: {
  /** The business's own words. */
  words: OwnWords
  languages: Pick<Languages, 'ofCustomer'>
  outbox: Answering
}): Reaction {
  return async (trx, arrival) => {
    const { accountId, chat, message, id, at, isReported } = arrival
    if (!isReported || message.fromMe || message.chat.kind !== 'person') return
    if (message.kind !== 'text' || message.details?.choice) return
    const said = { words, languages, id, text: message.text, phone: message.chat.phone }
    const text = await handleOptOutKeyword(trx, { accountId, chatId: chat.id }, said, at)
    if (text !== undefined) await answer(trx, arrival, text, outbox)
  }
}

/** Queues a text for the person who wrote. */
async function answer(
  trx: Trx,
  { accountId, chat, message }: Arrival,
  text: string,
  outbox: Answering,
): Promise<void> {
  const jid = jidOf(message)
  if (jid === null) return
  await outbox.enqueue(trx, accountId, { jid, text, author: 'api' })
  chat.hasQueued = true
}

function jidOf({ chat: { phone, lid } }: IncomingMessage): string | null {
  return phone === null ? lid : phoneJid(phone)
}

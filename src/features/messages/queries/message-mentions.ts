import { jidKind } from '../../../core/jid.ts'
import { findMentionedIn, withNames, withNamesIn } from '../../chats/records.ts'
import type { Message } from '../message.ts'
import type { Db } from '../../../db/tables.ts'

/** Names the people whom messages of groups, and what they quote, mention: separate queries, run only if needed. */
export async function withMentioned(db: Db, messages: readonly Message[]): Promise<Message[]> {
  const named = new Map<number, Message>()
  for (const ofGroup of byGroup(messages).values()) {
    for (const message of await withQuoted(db, await withPeople(db, ofGroup))) named.set(message.id, message)
  }
  return messages.map((message) => named.get(message.id) ?? message)
}

/** Returns the messages of groups that mention somebody or quote what may, by group. */
function byGroup(messages: readonly Message[]): Map<string, Message[]> {
  const found = new Map<string, Message[]>()
  for (const message of messages) {
    const { chatJid, details } = message
    if (jidKind(chatJid) !== 'group') continue
    if (!details?.mentions?.length && !details?.quote?.text.includes('@')) continue
    found.set(chatJid, [...(found.get(chatJid) ?? []), message])
  }
  return found
}

function groupOf([first]: readonly Message[]): { accountId: number; group: string } {
  return { accountId: first?.accountId ?? 0, group: first?.chatJid ?? '' }
}

async function withPeople(db: Db, messages: readonly Message[]): Promise<readonly Message[]> {
  const jids = new Set(messages.flatMap(({ details }) => details?.mentions ?? []))
  if (jids.size === 0) return messages
  const people = await findMentionedIn(db, groupOf(messages), [...jids])
  return messages.map((message) => {
    const named = (message.details?.mentions ?? []).flatMap((jid) => {
      const person = people.get(jid)
      return person ? [[jid, person] as const] : []
    })
    if (named.length === 0) return message
    const text = withNames(message.text, new Map(named))
    return { ...message, text, mentioned: named.map(([, person]) => person) }
  })
}

async function withQuoted(db: Db, messages: readonly Message[]): Promise<readonly Message[]> {
  const quotes = messages.flatMap(({ id, details }) => (details?.quote ? [{ id, ...details.quote }] : []))
  if (quotes.length === 0) return messages
  const named = await withNamesIn(db, groupOf(messages), quotes)
  const texts = new Map(named.map(({ id, text }) => [id, text]))
  return messages.map((message) => {
    const [quote, text] = [message.details?.quote, texts.get(message.id)]
    if (quote === undefined || text === undefined) return message
    return { ...message, details: { ...message.details, quote: { ...quote, text } } } as Message
  })
}

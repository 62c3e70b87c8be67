import type { proto } from '@whiskeysockets/baileys'
import { normalizeMessageContent } from '@whiskeysockets/baileys'
import type { PhoneChange, PollToVote } from './changes.ts'
import { composeChange } from './changes.ts'
import { ControlError, readString } from './control-request.ts'
import type { Fields } from './control-request.ts'
import type { Customer } from './customer.ts'
import { isGroupJid } from './group.ts'
import { lidJid, pnJid } from './jids.ts'
import type { ReceivedMessage } from './message-log.ts'
import type { Network } from './network.ts'
import type { Phone } from './phone.ts'

const kinds = ['reaction', 'edit', 'delete', 'vote', 'timer'] as const

/**
 * A person reacts to a message, edits or deletes an own one, votes, or sets the chat's timer. The message is named by its id
 * and need not have been sent yet; only a poll must have been received or sent to be voted on.
 */
export async function sendChange(
  network: Network,
  person: Customer | Phone,
  body: Fields,
): Promise<{ id: string }> {
  const to = body.required('to', 'string')
  const addressing = body.oneOf('addressing', ['pn', 'lid'] as const) ?? 'pn'
  const id = body.optional('id', 'string')
  const kind = body.oneOf('kind', kinds) ?? missing('kind')
  const chat = addressing === 'pn' && !isGroupJid(to) ? pnJid(to) : to
  const change = readChange(kind, body, {
    poll: (poll) => pollOf(person, poll, addressing),
    author: (number) => network.groups.get(to).addressOf(network.member(number)),
  })
  body.end()
  return { id: await person.send(to, composeChange(change, chat), { id, addressing }) }
}

function missing(name: string): never {
  throw new ControlError(400, `${name} is missing`)
}

function readChange(
  kind: (typeof kinds)[number],
  body: Fields,
  find: { poll: (id: string) => PollToVote; author: (number: string) => string },
): PhoneChange {
  const at = body.optional('at', 'number')
  if (kind === 'timer') return { kind, seconds: body.required('seconds', 'number'), at }
  const id = body.required('message', 'string')
  switch (kind) {
    case 'reaction': {
      const emoji = body.required('emoji', 'string')
      return { kind, id, emoji, own: body.optional('own', 'boolean'), at }
    }
    case 'edit':
      return { kind, id, text: body.required('text', 'string'), at }
    case 'delete': {
      const author = body.optional('author', 'string')
      return { kind, id, author: author === undefined ? undefined : find.author(author) }
    }
    case 'vote':
      return { kind, poll: find.poll(id), options: body.list('options', readString) ?? [], at }
  }
}

/** The poll with what is needed to vote on it: from what this person received, or from what it sent. */
function pollOf(person: Customer | Phone, id: string, addressing: 'pn' | 'lid'): PollToVote {
  const jid = (who: { number: string; lid: string }) =>
    addressing === 'pn' ? pnJid(who.number) : lidJid(who.lid)
  const received = receivedBy(person).findLast((message) => message.id === id)
  const secret = secretOf(received?.message) ?? secretOf(person.sentMessage(id))
  if (secret === undefined) throw new ControlError(404, `No poll ${id}`)
  const voter = jid(person)
  const creator = received && !received.fromMe ? pnJid(received.from) : voter
  return { id, secret, creator, voter, own: creator === voter }
}

function receivedBy(person: Customer | Phone): readonly ReceivedMessage[] {
  return 'inbox' in person ? person.inbox : person.received
}

function secretOf(message: proto.IMessage | undefined): string | undefined {
  const secret =
    message?.messageContextInfo?.messageSecret ??
    normalizeMessageContent(message)?.messageContextInfo?.messageSecret
  return secret ? Buffer.from(secret).toString('base64') : undefined
}

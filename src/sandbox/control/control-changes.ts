import { normalizeMessageContent, proto } from '@whiskeysockets/baileys'
import type { PhoneChange, Sealing } from '../people/changes.ts'
import { answers, composeChange } from '../people/changes.ts'
import { ControlError, readString } from './control-request.ts'
import type { Fields } from './control-request.ts'
import type { Customer } from '../people/customer.ts'
import { isGroupJid } from '../groups/group.ts'
import { lidJid, pnJid } from '../protocol/jids.ts'
import type { ReceivedMessage } from '../people/message-log.ts'
import type { Network } from '../network.ts'
import type { Phone } from '../people/phone.ts'

const kinds = ['reaction', 'edit', 'event', 'poll', 'option', 'delete', 'vote', 'answer', 'timer'] as const

/**
 * Makes a person react to a message, edit or delete their own, vote, answer an event, or set the chat's timer. The
 * message is named by its id and need not exist yet; encrypted votes, answers and edits need its secret, from the
 * request or from the message as received or sent.
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
  const jidOf = (number: string) => {
    const who = network.member(number)
    if (isGroupJid(to)) return network.groups.get(to).addressOf(who)
    return addressing === 'pn' ? pnJid(who.number) : lidJid(who.lid)
  }
  const change = readChange(kind, body, {
    sealing: (message, given) => sealingOf(person, { id: message, given }, jidOf),
    author: jidOf,
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
  find: {
    sealing: (id: string, given: string | undefined) => Sealing | undefined
    author: (number: string) => string
  },
): PhoneChange {
  const at = body.optional('at', 'number')
  if (kind === 'timer') return { kind, seconds: body.required('seconds', 'number'), at }
  const id = body.required('message', 'string')
  const secret = body.optional('secret', 'string')
  const needed = (): Sealing => {
    const sealing = find.sealing(id, secret)
    if (!sealing) throw new ControlError(404, `No secret of ${id} is known`)
    return sealing
  }
  switch (kind) {
    case 'reaction': {
      const emoji = body.required('emoji', 'string')
      return { kind, id, emoji, own: body.optional('own', 'boolean'), at }
    }
    case 'edit':
      return { kind, id, text: body.required('text', 'string'), sealing: find.sealing(id, secret), at }
    case 'event': {
      const event = body.raw('event')
      if (typeof event !== 'object' || event === null) throw new ControlError(400, 'event must be an object')
      return { kind, sealing: needed(), event: proto.Message.EventMessage.fromObject(event), at }
    }
    case 'poll': {
      const poll = body.raw('poll')
      if (typeof poll !== 'object' || poll === null) throw new ControlError(400, 'poll must be an object')
      return { kind, sealing: needed(), poll: proto.Message.PollCreationMessage.fromObject(poll), at }
    }
    case 'option':
      return { kind, sealing: needed(), name: body.required('name', 'string') }
    case 'delete': {
      const author = body.optional('author', 'string')
      return { kind, id, author: author === undefined ? undefined : find.author(author) }
    }
    case 'vote':
      return { kind, sealing: needed(), options: body.list('options', readString) ?? [], at }
    case 'answer': {
      const answer = body.oneOf('answer', Object.keys(answers) as (keyof typeof answers)[])
      const guests = body.optional('guests', 'number')
      return { kind, sealing: needed(), answer: answer ?? missing('answer'), guests, at }
    }
  }
}

/** Returns the keys that encrypt a change, from this person's messages; undefined if no secret is known. */
function sealingOf(
  person: Customer | Phone,
  { id, given }: { id: string; given: string | undefined },
  jidOf: (number: string) => string,
): Sealing | undefined {
  const received = receivedBy(person).findLast((message) => message.id === id)
  const secret = given ?? secretOf(received?.message) ?? person.secretOfSent(id)
  if (secret === undefined) return undefined
  const maker = jidOf(person.number)
  const author = received && !received.fromMe ? jidOf(received.from) : maker
  return { id, secret, author, maker, own: author === maker }
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

import { Account } from '../people/account.ts'
import type { Directory } from '../people/directory.ts'
import { lidJid, parseJid, pnJid } from '../protocol/jids.ts'
import { child, children, node, textOf, type BinaryNode } from '../protocol/nodes.ts'
import { Person } from '../people/person.ts'
import type { QueryAnswer, Query } from './query.ts'

/**
 * Tells people's devices and LIDs, and which numbers exist: all but those marked as absent. Each is answered under
 * the address asked for; a number may come back in its registered spelling.
 */
export function usync({ directory, iq }: Query): QueryAnswer {
  const request = child(iq, 'usync')
  const wanted = children(child(request, 'query')).map((protocol) => protocol.tag)
  const users = children(child(request, 'list'), 'user').map((user) => answerUser(directory, wanted, user))
  const results = node(
    'result',
    {},
    wanted.map((tag) => node(tag, {})),
  )
  return [node('usync', { ...request?.attrs }, [results, node('list', {}, users)])]
}

function answerUser(directory: Directory, wanted: string[], user: BinaryNode): BinaryNode {
  const typed = textOf(child(user, 'contact'))
  const number = typed?.replace(/\D/g, '')
  const owner = number
    ? directory.findOrCreateNumber(number)
    : directory.findOrCreatePerson(user.attrs['jid'])
  const jid = number ? pnJid(owner?.number ?? number) : user.attrs['jid']
  const answers = wanted
    .map((protocol) => answerProtocol(protocol, owner, jid))
    .filter((each) => each !== undefined)
  return node('user', { jid }, answers)
}

function answerProtocol(
  protocol: string,
  owner: Account | Person | undefined,
  jid: string | undefined,
): BinaryNode | undefined {
  switch (protocol) {
    case 'contact':
      return node('contact', { type: owner ? 'in' : 'out' })
    case 'devices':
      return node('devices', {}, [node('device-list', {}, owner ? deviceNodes(owner) : [])])
    case 'lid':
      // For a LID the client would store the answer as if it had asked for a phone number.
      if (!owner || parseJid(jid)?.server === 'lid') return undefined
      if (owner instanceof Person && !owner.disclosed) return undefined
      return node('lid', { val: lidJid(owner.lid) })
    default:
      return undefined
  }
}

function deviceNodes(owner: Account | Person): BinaryNode[] {
  const companions = owner instanceof Account ? [0, ...owner.devices.keys()] : [...owner.devices.keys()]
  // Clients leave out companions without a key index.
  return companions.map((id) => {
    const text = id.toString()
    return node('device', { id: text, 'key-index': id === 0 ? undefined : text })
  })
}

import type { AccountId } from '../../../core/ids.ts'
import type { Change, IncomingChange } from '../../../core/messages/incoming.ts'
import { phoneJid } from '../../../core/jid.ts'
import type { SealedContents } from '../../../core/ports.ts'
import { openVote } from './poll-vote.ts'
import { openSealed } from './sealed.ts'
import type { SealKeys } from './sealed.ts'
import { findAccount } from '../../accounts/records.ts'
import type { ChatSeen } from '../../contacts/records.ts'
import type { TargetMessage } from '../queries/message-changes.ts'
import type { Trx } from '../../../db/tables.ts'
import { allAddresses } from '../../contacts/identity.ts'

/** Names a change's author and place. */
export interface Made {
  accountId: AccountId
  incoming: IncomingChange
  chat: Pick<ChatSeen, 'phone' | 'lid'>
}

const dayMs = 24 * 60 * 60_000

/** Decrypts a sealed change with its message's secret; undefined if that fails or the content is invalid. */
export async function opened(
  trx: Trx,
  message: TargetMessage,
  made: Made,
  contents: SealedContents,
): Promise<IncomingChange | undefined> {
  const { incoming } = made
  const { change } = incoming
  if (change.kind !== 'vote' && change.kind !== 'sealed') return incoming
  if (change.kind === 'vote' && !(message.kind === 'poll' && message.details?.poll)) return incoming
  const keys = await sealKeysOf(trx, message, made)
  if (change.kind === 'vote') {
    const chosen = openVote(change.vote, keys)
    return chosen && { ...incoming, change: { ...change, vote: { chosen } } }
  }
  const plain = openSealed(change.use, change.sealed, keys)
  const read = plain && contents.read(change.use, plain)
  if (!read) return undefined
  const { at, ...said } = read
  // A clock that is days off would put a change before or after everything else.
  const trusted = at !== undefined && Math.abs(at.getTime() - incoming.at.getTime()) < dayMs
  const clear: Change = { ...said, target: change.target }
  return { ...incoming, at: trusted ? at : incoming.at, change: clear }
}

/** Returns a message's secret, and the jids under which its author and the change's author may know each other. */
async function sealKeysOf(
  trx: Trx,
  message: TargetMessage,
  { accountId, incoming, chat }: Made,
): Promise<SealKeys> {
  const account = await findAccount(trx, accountId)
  const jids = (person: { phone: string | null; lid: string | null }) =>
    [person.lid, person.phone === null ? null : phoneJid(person.phone)].filter((jid) => jid !== null)
  const mine = account ? jids(account) : []
  const theirs = [...new Set([...jids(chat), ...jids(incoming.chat)])]
  const group = incoming.chat.kind === 'group'
  const author = message.participant === null ? [] : [message.participant]
  const known = (some: readonly string[]) => allAddresses(trx, accountId, some)
  return {
    secret: message.details?.secret ?? '',
    messageId: message.waId,
    authors: message.direction === 'outgoing' ? mine : group ? await known(author) : theirs,
    makers: incoming.fromMe ? mine : group ? await known(incoming.by) : theirs,
  }
}

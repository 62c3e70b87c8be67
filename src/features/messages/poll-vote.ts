import { createHash } from 'node:crypto'
import type { Poll, PollOption } from '../../core/content.ts'
import type { OpenVote } from './incoming.ts'
import { openSealed } from './sealed.ts'
import type { SealKeys, Sealed } from './sealed.ts'

/** Of each chosen option the SHA-256 (hex); undefined where no pair of addresses opens the vote. */
export function openVote(vote: Sealed | OpenVote, keys: SealKeys): string[] | undefined {
  if ('chosen' in vote) return vote.chosen
  const plain = openSealed('Poll Vote', vote, keys)
  return plain && readHashes(plain)
}

/** Field 1, repeated bytes (tag 0x0a), is all that a vote consists of; each is a hash of 32 bytes. */
function readHashes(bytes: Buffer): string[] {
  const hashes: string[] = []
  for (let at = 0; at + 34 <= bytes.length && bytes[at] === 0x0a && bytes[at + 1] === 32; at += 34) {
    hashes.push(bytes.subarray(at + 2, at + 34).toString('hex'))
  }
  return hashes
}

/** The options of a poll that these hashes stand for, in the poll's order. */
export function chosenOptions(poll: Poll, chosen: readonly string[]): string[] {
  const hashes = hashesOf(poll)
  return poll.options.filter((_option, index) => chosen.includes(hashes[index] ?? ''))
}

function hashesOf({ hashes, options }: Poll): string[] {
  return hashes ?? options.map(hashOf)
}

/** As votes name an option. */
export function hashOf(option: string): string {
  return createHash('sha256').update(option).digest('hex')
}

const maxOptions = 100

/** The poll with the options that it did not have; itself where there are none. */
export function withOptions(poll: Poll, added: readonly PollOption[]): Poll {
  const known = hashesOf(poll)
  const fresh = added.filter(
    ({ name, hash }, index) =>
      name !== '' && !known.includes(hash) && added.findIndex((each) => each.hash === hash) === index,
  )
  const room = fresh.slice(0, Math.max(maxOptions - known.length, 0))
  if (room.length === 0) return poll
  const options = [...poll.options, ...room.map(({ name }) => name)]
  const hashes = [...known, ...room.map(({ hash }) => hash)]
  const isPlain = options.every((name, index) => hashOf(name) === hashes[index])
  return { ...poll, options, ...(isPlain ? {} : { hashes }) }
}

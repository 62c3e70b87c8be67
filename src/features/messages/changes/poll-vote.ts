import { createHash } from 'node:crypto'
import type { Poll, PollOption } from '../../../core/content.ts'
import type { OpenVote } from '../../../core/messages/incoming.ts'
import { openSealed } from './sealed.ts'
import type { SealKeys } from './sealed.ts'
import type { Sealed } from '../../../core/messages/sealed.ts'

/** Returns SHA-256 (hex) of each chosen option; undefined if no pair of addresses decrypts the vote. */
export function openVote(vote: Sealed | OpenVote, keys: SealKeys): string[] | undefined {
  if ('chosen' in vote) return vote.chosen
  const plain = openSealed('Poll Vote', vote, keys)
  return plain && readHashes(plain)
}

/** Reads a vote: repeated bytes of field 1 (tag 0x0a), each a hash of 32 bytes. */
function readHashes(bytes: Buffer): string[] {
  const hashes: string[] = []
  for (let at = 0; at + 34 <= bytes.length && bytes[at] === 0x0a && bytes[at + 1] === 32; at += 34) {
    hashes.push(bytes.subarray(at + 2, at + 34).toString('hex'))
  }
  return hashes
}

/** Returns the options of a poll with these hashes, in the poll's order. */
export function chosenOptions(poll: Poll, chosen: readonly string[]): string[] {
  const hashes = hashesOf(poll)
  return poll.options.filter((_option, index) => chosen.includes(hashes[index] ?? ''))
}

function hashesOf({ hashes, options }: Poll): string[] {
  return hashes ?? options.map(hashOf)
}

/** Hashes an option as votes do. */
export function hashOf(option: string): string {
  return createHash('sha256').update(option).digest('hex')
}

const maxOptions = 100

/** Adds the missing options to a poll; returns the same poll if none is missing. */
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

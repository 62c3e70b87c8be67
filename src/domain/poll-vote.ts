import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import type { Poll } from './content.ts'
import type { OpenVote, SealedVote } from './incoming.ts'

/** What a vote is opened with: the secret of its poll, and who may have made the poll and the vote. */
export interface VoteKeys {
  /** Base64, 32 bytes. */
  secret: string
  pollId: string
  /** Jids; each person has up to two of them, and only the right pair opens the vote. */
  creators: readonly string[]
  voters: readonly string[]
}

const tagLength = 16

/** Of each chosen option the SHA-256 (hex); undefined where no pair of addresses opens the vote. */
export function openVote(vote: SealedVote | OpenVote, keys: VoteKeys): string[] | undefined {
  if ('chosen' in vote) return vote.chosen
  for (const creator of keys.creators) {
    for (const voter of keys.voters) {
      const chosen = tryOpen(vote, keys, { creator, voter })
      if (chosen) return chosen
    }
  }
  return undefined
}

/** Key and additional data as WhatsApp derives them: HKDF-SHA256 over the ids of poll, creator and voter; AES-256-GCM. */
function tryOpen(
  vote: SealedVote,
  { secret, pollId }: VoteKeys,
  { creator, voter }: { creator: string; voter: string },
): string[] | undefined {
  const sealed = Buffer.from(vote.payload, 'base64')
  const iv = Buffer.from(vote.iv, 'base64')
  if (sealed.length < tagLength || iv.length !== 12) return undefined
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(Buffer.from(secret, 'base64')).digest()
  const info = Buffer.concat([Buffer.from(`${pollId}${creator}${voter}Poll Vote`), Buffer.from([1])])
  const key = createHmac('sha256', extracted).update(info).digest()
  const opener = createDecipheriv('aes-256-gcm', key, iv)
  opener.setAAD(Buffer.from(`${pollId}\0${voter}`))
  opener.setAuthTag(sealed.subarray(-tagLength))
  try {
    return readHashes(Buffer.concat([opener.update(sealed.subarray(0, -tagLength)), opener.final()]))
  } catch {
    return undefined
  }
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
  const hashes =
    poll.hashes ?? poll.options.map((option) => createHash('sha256').update(option).digest('hex'))
  return poll.options.filter((_option, index) => chosen.includes(hashes[index] ?? ''))
}

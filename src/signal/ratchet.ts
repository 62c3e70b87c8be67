import { agree, generateKeyPair } from './curve.ts'
import { deriveRatchet, stepChain } from './derive.ts'
import { receivingChain, sendingChain, type Chain, type Session } from './session-record.ts'
import { decodeKey, encodeKey } from './stored-form.ts'

/**
 * Messages that a chain may skip at once, as in libsignal 6.0.0 (src/session_cipher.js). Each skipped one costs a key, so that a
 * forged counter could keep us busy.
 */
const maxSkipped = 2000
/** Chains that a session keeps for late messages; phones keep five (Signal's libsignal: `MAX_RECEIVER_CHAINS`). */
const maxReceivingChains = 100
/** Newest skipped keys that a session keeps: as many as a phone's five chains of 2,000 (`MAX_MESSAGE_KEYS`). */
const maxSkippedKeys = 10_000
/** Chains without keys that are kept to tell a message that was read before from a forged one. */
const drainedChains = 5

/** Holds a chain's state after a message, and the seed of the message's keys. */
export interface ChainStep {
  readonly chain: Chain
  readonly seed: Buffer
}

/** Takes the key of the next message out of a sending chain. @throws Error where the chain is closed */
export function nextOf({ chainKey, ...chain }: Chain): ChainStep & { counter: number } {
  if (chainKey.key === undefined) throw new Error('Chain closed')
  const { seed, next } = stepChain(decodeKey(chainKey.key))
  const counter = chainKey.counter + 1
  return { chain: { ...chain, chainKey: { counter, key: encodeKey(next) } }, seed, counter }
}

/** Takes the key of a message out of a receiving chain. @throws Error where it was taken before, or is too far ahead */
export function keyAt(chain: Chain, counter: number): ChainStep {
  const ahead = counter > chain.chainKey.counter ? advanceTo(chain, counter) : chain
  const { [counter]: seed, ...messageKeys } = ahead.messageKeys
  // Baileys compares this text, and acknowledges such a message as a repetition (lib/Utils/decode-wa-message.js).
  if (seed === undefined) throw new Error('Key used already or never filled')
  return { chain: { ...ahead, messageKeys }, seed: decodeKey(seed) }
}

/**
 * Returns the session with a chain for the other side's ratchet key: unchanged if it has one, otherwise after a step of the
 * double ratchet, with new chains in both directions.
 */
export function reachRatchet(session: Session, remoteKey: Buffer, previousCounter: number): Session {
  const remote = encodeKey(remoteKey)
  if (session._chains[remote]) return session
  const { ephemeralKeyPair: ours, lastRemoteEphemeralKey, rootKey } = session.currentRatchet
  const { [ours.pubKey]: sent, ...others } = session._chains
  const last = others[lastRemoteEphemeralKey]
  const kept = last ? { ...others, [lastRemoteEphemeralKey]: close(last, previousCounter) } : others
  const incoming = deriveRatchet(agree(remoteKey, decodeKey(ours.privKey)), decodeKey(rootKey))
  const pair = generateKeyPair()
  const outgoing = deriveRatchet(agree(remoteKey, pair.private), incoming.rootKey)
  const pubKey = encodeKey(pair.public)
  return {
    ...session,
    currentRatchet: {
      ephemeralKeyPair: { pubKey, privKey: encodeKey(pair.private) },
      lastRemoteEphemeralKey: remote,
      previousCounter: sent ? Math.max(0, sent.chainKey.counter) : session.currentRatchet.previousCounter,
      rootKey: encodeKey(outgoing.rootKey),
    },
    _chains: {
      ...withoutOldKeys(kept),
      [remote]: newChain(receivingChain, incoming.chainKey),
      [pubKey]: newChain(sendingChain, outgoing.chainKey),
    },
  }
}

/** Returns a chain before its first message. */
export function newChain(chainType: Chain['chainType'], chainKey: Buffer): Chain {
  return { chainKey: { counter: -1, key: encodeKey(chainKey) }, chainType, messageKeys: {} }
}

/** Makes the keys up to a message and keeps them. */
function advanceTo({ chainKey, messageKeys, ...chain }: Chain, counter: number): Chain {
  if (counter - chainKey.counter > maxSkipped) throw new Error('Over 2000 messages into the future!')
  if (chainKey.key === undefined) throw new Error('Chain closed')
  const made: Record<string, string> = {}
  let key = decodeKey(chainKey.key)
  for (let n = chainKey.counter + 1; n <= counter; n++) {
    const { seed, next } = stepChain(key)
    made[n] = encodeKey(seed)
    key = next
  }
  return { ...chain, chainKey: { counter, key: encodeKey(key) }, messageKeys: { ...messageKeys, ...made } }
}

/** Ends a chain and keeps the keys of messages still under way. */
function close(chain: Chain, lastCounter: number): Chain {
  const whole = lastCounter > chain.chainKey.counter ? advanceTo(chain, lastCounter) : chain
  return { ...whole, chainKey: { counter: whole.chainKey.counter } }
}

/**
 * Drops the oldest chains, first those that have no keys left. libsignal's JavaScript keeps every chain for good: each answer
 * makes the record longer, which is read and written with each message.
 */
function withoutOldKeys(chains: Readonly<Record<string, Chain>>): Record<string, Chain> {
  let room = maxSkippedKeys
  let drained = 0
  const kept: [string, Chain][] = []
  for (const [key, chain] of Object.entries(chains).toReversed()) {
    const keys = Object.keys(chain.messageKeys).length
    if (keys > room || kept.length === maxReceivingChains) break
    if (keys === 0 && ++drained > drainedChains) continue
    room -= keys
    kept.push([key, chain])
  }
  return Object.fromEntries(kept.toReversed())
}

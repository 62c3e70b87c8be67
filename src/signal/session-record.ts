import { isObject } from './stored-form.ts'

/*
 * Records have the form of libsignal 6.0.0 for JavaScript (src/session_record.js), which wrote them before: keys are base64, the
 * order of sessions and chains is their age. A record is never changed in place: a step makes a new one, so that a step whose
 * write fails has happened nowhere.
 */

/** Holds a chain of message keys, in one direction and of one ratchet key. */
export interface Chain {
  /** The counter of the last message; -1 before the first. A chain without key is closed: no new keys come from it. */
  readonly chainKey: { readonly counter: number; readonly key?: string }
  readonly chainType: typeof sendingChain | typeof receivingChain
  /** Seeds of messages that were skipped, by counter. */
  readonly messageKeys: Readonly<Record<string, string>>
}

/** Holds a session with a device: the state of its double ratchet. */
export interface Session {
  /** The device's own number, which changes when it is set up again. Undefined where its server did not tell. */
  readonly registrationId?: number
  readonly currentRatchet: {
    readonly ephemeralKeyPair: { readonly pubKey: string; readonly privKey: string }
    readonly lastRemoteEphemeralKey: string
    readonly previousCounter: number
    readonly rootKey: string
  }
  readonly indexInfo: {
    readonly baseKey: string
    readonly baseKeyType: typeof ourBaseKey | typeof theirBaseKey
    /** Time of its replacement, in epoch ms; -1 for the open session. */
    readonly closed: number
    /** Time of the last message read with it, in epoch ms. */
    readonly used: number
    readonly created: number
    readonly remoteIdentityKey: string
  }
  readonly _chains: Readonly<Record<string, Chain>>
  /** The head of each message until the other side has answered. */
  readonly pendingPreKey?: {
    readonly signedKeyId: number
    readonly baseKey: string
    readonly preKeyId?: number
  }
}

/** Holds the sessions with a device, by base key: one open, the others replaced. */
export interface SessionRecord {
  readonly _sessions: Readonly<Record<string, Session>>
  readonly version: typeof recordVersion
}

/** The type of a chain that we encrypt with. */
export const sendingChain = 1
/** The type of a chain that we decrypt with. */
export const receivingChain = 2
/** The base key was made here: we began the session. */
export const ourBaseKey = 1
/** The base key came with the message that began the session. */
export const theirBaseKey = 2

const recordVersion = 'v1'
const isOpen = -1
/** Sessions that a record keeps: as many closed ones as libsignal (`CLOSED_SESSIONS_MAX`). */
const maxSessions = 40

/** A record without sessions. */
export const emptyRecord: SessionRecord = { _sessions: {}, version: recordVersion }

/**
 * Reads a stored record. Damaged sessions are left out, the others stay usable.
 * @returns undefined for any other value
 */
export function readSessionRecord(stored: unknown): SessionRecord | undefined {
  if (!isObject(stored) || !isObject(stored['_sessions'])) return undefined
  const sessions: Record<string, Session> = {}
  for (const [baseKey, session] of Object.entries(stored['_sessions'])) {
    // Records of the first version keep the registration id once for all sessions.
    const { registrationId } = stored
    const whole = isNumber(registrationId) && isObject(session) ? { registrationId, ...session } : session
    if (isSession(whole)) sessions[baseKey] = whole
  }
  return { _sessions: sessions, version: recordVersion }
}

/** Returns the session that messages are encrypted with. */
export function findOpenSession(record: SessionRecord | undefined): Session | undefined {
  if (record === undefined) return undefined
  return Object.values(record._sessions).find(({ indexInfo }) => indexInfo.closed === isOpen)
}

/** Returns the sessions, the most recently used one first. */
export function sessionsByUse(record: SessionRecord): Session[] {
  return Object.values(record._sessions).toSorted((a, b) => (b.indexInfo.used || 0) - (a.indexInfo.used || 0))
}

/** Returns the record with a session's next state. */
export function withSession(record: SessionRecord, session: Session): SessionRecord {
  return { ...record, _sessions: { ...record._sessions, [session.indexInfo.baseKey]: session } }
}

/** Returns the record with a new open session. The one before goes on reading messages under way. */
export function withOpenSession(record: SessionRecord, session: Session, now: number): SessionRecord {
  const open = findOpenSession(record)
  const before = open ? withSession(record, closed(open, now)) : record
  return withNewestSessions(withSession(before, session), maxSessions)
}

/** Returns the record with its open session and the sessions that were replaced last, `max` together. */
export function withNewestSessions(record: SessionRecord, max: number): SessionRecord {
  const all = Object.entries(record._sessions)
  if (all.length <= max) return record
  const newestFirst = all.toSorted(([, a], [, b]) => replacedAt(b) - replacedAt(a))
  const kept = new Set(newestFirst.slice(0, max).map(([key]) => key))
  return { ...record, _sessions: Object.fromEntries(all.filter(([key]) => kept.has(key))) }
}

/** Returns when a session was replaced, in epoch ms; the open one counts as replaced last. */
function replacedAt({ indexInfo }: Session): number {
  return indexInfo.closed === isOpen ? Infinity : indexInfo.closed
}

/** Returns all sessions of two records of one device; the open one is that of `newer`, where it has one. */
export function mergeRecords(older: SessionRecord, newer: SessionRecord, now: number): SessionRecord {
  const open = findOpenSession(newer)
  const rest = Object.entries(newer._sessions).filter(([, session]) => session !== open)
  const all = { ...older, _sessions: { ...older._sessions, ...Object.fromEntries(rest) } }
  return open ? withOpenSession(all, open, now) : withNewestSessions(all, maxSessions)
}

function closed(session: Session, now: number): Session {
  return { ...session, indexInfo: { ...session.indexInfo, closed: now } }
}

function isSession(value: unknown): value is Session {
  if (!isObject(value)) return false
  const { currentRatchet: ratchet, indexInfo: index, _chains: chains, pendingPreKey: pending } = value
  if (!isObject(ratchet) || !isObject(ratchet['ephemeralKeyPair']) || !isObject(index)) return false
  const { pubKey, privKey } = ratchet['ephemeralKeyPair']
  const keys = [pubKey, privKey, ratchet['lastRemoteEphemeralKey'], ratchet['rootKey']]
  const numbers = [ratchet['previousCounter'], index['closed'], index['baseKeyType']]
  return (
    [...keys, index['baseKey'], index['remoteIdentityKey']].every(isText) &&
    numbers.every(isNumber) &&
    ['number', 'undefined'].includes(typeof value['registrationId']) &&
    isObject(chains) &&
    Object.values(chains).every(isChain) &&
    (pending === undefined || (isObject(pending) && isText(pending['baseKey'])))
  )
}

function isChain(value: unknown): boolean {
  if (!isObject(value) || !isObject(value['chainKey']) || !isObject(value['messageKeys'])) return false
  const { counter, key } = value['chainKey']
  return (
    isNumber(counter) &&
    (key === undefined || isText(key)) &&
    isNumber(value['chainType']) &&
    Object.values(value['messageKeys']).every(isText)
  )
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'

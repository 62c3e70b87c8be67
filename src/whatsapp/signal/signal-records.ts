import { encodeSenderKeys, readSenderKeys, type SenderKeyRecord } from '../../signal/sender-keys.ts'
import { readSessionRecord, type SessionRecord } from '../../signal/session-record.ts'
import { parseStored } from '../../signal/stored-form.ts'
import { SizedLru } from '../../util/sized-lru.ts'

/** A session takes about 1 KB, so the room is for some 2,000 devices that write at the same time, and as many senders in groups. */
const maxBytesOfType = 2 * 1024 * 1024

/**
 * Caches the decoded records in use, of all accounts of a process: each message needs one, and decoding takes longer than its
 * use.
 */
export class DecodedRecords {
  readonly sessions = new SizedLru<SessionRecord>(maxBytesOfType)
  readonly senderKeys = new SizedLru<SenderKeyRecord>(maxBytesOfType)
}

/** Describes a type of record: how it is stored, and where its decoded values are. */
export interface RecordType<R> {
  /** The name of the type among Baileys' keys. */
  readonly name: 'session' | 'sender-key'
  read(stored: string | Uint8Array): R | undefined
  encode(record: R): string | Uint8Array
  decoded(records: DecodedRecords): SizedLru<R>
}

/** The sessions with a device, by its address (`123456789_1.0`). */
export const sessionType: RecordType<SessionRecord> = {
  name: 'session',
  // A damaged record counts as none: the session is then begun anew.
  read: (stored) => readSessionRecord(parseStored(stored)),
  encode: (record) => JSON.stringify(record),
  decoded: ({ sessions }) => sessions,
}

/** The keys of a member for a group, by group and address (`GROUP::123456789_1::0`). */
export const senderKeyType: RecordType<SenderKeyRecord> = {
  name: 'sender-key',
  read: readSenderKeys,
  encode: encodeSenderKeys,
  decoded: ({ senderKeys }) => senderKeys,
}

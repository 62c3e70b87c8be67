import { phoneJid } from './jid.ts'

/** `status`: holds all contacts' status posts. `channel`: one channel's posts. Both are read-only. */
export type ChatKind = 'person' | 'group' | 'status' | 'channel'

/** Holds the addresses of a person or group: both forms if a stanza carries both. */
export interface ChatAddress {
  kind: ChatKind
  /** Digits, if the phone number is known. */
  phone: string | null
  /** The whole LID jid, if known. */
  lid: string | null
  /** The jid of a group, of the status posts or of a channel; null for people. */
  group: string | null
}

/** Lists every jid that an address consists of; the one to show comes first. */
export function jidsOf(address: ChatAddress): string[] {
  return [address.group, address.phone === null ? null : phoneJid(address.phone), address.lid].filter(
    (jid) => jid !== null,
  )
}

import { proto } from '@whiskeysockets/baileys'
import type { AccountId } from '../../core/ids.ts'
import type { LidMapping } from '../../features/messages/incoming.ts'
import { parseAddress, phoneJid, phoneOf } from '../../core/jid.ts'
import type { Inbound } from '../../core/ports.ts'

/** As many as are stored in one transaction: a phone may tell of thousands at once, and each may unite two chats. */
const pieceSize = 25

/** Hands on who is who, some at a time, so that everything else goes on meanwhile. */
export async function storeMappings(
  to: { accountId: AccountId; inbound: Pick<Inbound, 'mappings'> },
  mappings: readonly LidMapping[],
  seenAt: Date,
): Promise<void> {
  for (let from = 0; from < mappings.length; from += pieceSize) {
    await to.inbound.mappings(to.accountId, mappings.slice(from, from + pieceSize), seenAt)
  }
}

/** What the own phone says of the LIDs to which its chats have moved; undefined where a message says nothing of that. */
export function migratedMappings(content: proto.IMessage): LidMapping[] | undefined {
  const payload = content.protocolMessage?.lidMigrationMappingSyncMessage?.encodedMappingPayload
  if (!payload) return undefined
  const { pnToLidMappings } = proto.LIDMigrationMappingSyncPayload.decode(payload)
  return pnToLidMappings.flatMap(({ pn, latestLid, assignedLid }) => {
    const lid = parseAddress(`${String(latestLid ?? assignedLid ?? '')}@lid`)
    const phone = phoneOf(parseAddress(phoneJid(String(pn ?? ''))) ?? '')
    return lid === undefined || phone === null ? [] : [{ lid, phone }]
  })
}

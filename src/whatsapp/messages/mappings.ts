import { proto } from '@whiskeysockets/baileys'
import type { AccountId } from '../../core/ids.ts'
import type { LidMapping } from '../../core/messages/incoming.ts'
import { parseAddress, phoneJid, phoneOf } from '../../core/jid.ts'
import type { Inbound } from '../../core/ports.ts'

/** Mappings per transaction: a phone may report thousands at once, and each may merge two chats. */
const pieceSize = 25

/** Passes mappings on in pieces, so that other work goes on meanwhile. */
export async function storeMappings(
  to: { accountId: AccountId; inbound: Pick<Inbound, 'mappings'> },
  mappings: readonly LidMapping[],
  seenAt: Date,
): Promise<void> {
  for (let from = 0; from < mappings.length; from += pieceSize) {
    await to.inbound.mappings(to.accountId, mappings.slice(from, from + pieceSize), seenAt)
  }
}

/** Reads the LIDs that the own phone's chats have moved to; undefined for other messages. */
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

import type { WASocket } from '@whiskeysockets/baileys'
import type { AccountId } from '../../core/ids.ts'
import type { Logger } from '../../util/logger.ts'

const appStateCollections = [
  'critical_block',
  'critical_unblock_low',
  'regular_high',
  'regular_low',
  'regular',
] as const

/** Requests the names of the phone's address book, which arrive as the socket's contacts. */
export function readAddressBook(
  sock: Pick<WASocket, 'resyncAppState'>,
  { accountId, log }: { accountId: AccountId; log: Logger },
): void {
  sock.resyncAppState([...appStateCollections], true).catch((error: unknown) => {
    log.warn({ account: accountId, err: error }, 'the address book could not be read')
  })
}

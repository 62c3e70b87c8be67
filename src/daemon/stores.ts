import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { SetupError } from '../core/errors.ts'
import { listAccounts } from '../features/accounts/records.ts'
import { DiskSpace } from '../features/media/files/disk-space.ts'
import { MediaFiles } from '../features/media/files/media-files.ts'
import { hasSealed, isMissing } from '../db/sessions/seal.ts'
import { SessionStore } from '../db/sessions/session-store.ts'
import { SpareFile } from '../features/media/files/spare-file.ts'
import { Store } from '../db/store.ts'
import type { Logger } from '../util/logger.ts'
import type { SecretBox } from '../util/secret-box.ts'
import { openSecretBox } from '../util/secret-key.ts'

/** Holds the open databases and files of a running daemon. */
export interface Stores {
  store: Store
  sessions: SessionStore
  files: MediaFiles
  spare: SpareFile
  secrets: SecretBox
}

/**
 * Opens everything in a data folder that this process holds.
 * @throws SetupError if a file is unusable, the key is missing or wrong, or a linked phone's chats are missing
 */
export async function openStores(
  dir: string,
  config: Pick<Config, 'data' | 'secrets'>,
  log: Logger,
): Promise<Stores> {
  const isWithout = { chats: isMissing(join(dir, 'zaguan.db')), link: isMissing(join(dir, 'sessions.db')) }
  const secrets = openSecrets(dir, config.secrets)
  const sessions = await SessionStore.open(dir, secrets)
  const spare = new SpareFile(dir)
  try {
    if (isWithout.chats && (await sessions.isLinked())) throw new SetupError(withoutChats(dir))
    const store = await Store.open(dir, spare)
    const wasLinked = (await listAccounts(store.read)).some(({ linkedAt }) => linkedAt !== null)
    if (isWithout.link && wasLinked) log.error(withoutLink(dir))
    const files = new MediaFiles(dir, new DiskSpace(dir, config.data.reserveMb))
    return { store, sessions, files, spare, secrets }
  } catch (error) {
    await sessions.close()
    throw error
  }
}

function openSecrets(dir: string, source: Config['secrets']): SecretBox {
  try {
    return openSecretBox(dir, source, () => hasSealed(dir))
  } catch (error) {
    throw new SetupError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function withoutChats(dir: string): string {
  return (
    `${join(dir, 'zaguan.db')} is missing or empty, but sessions.db beside it is linked to a phone: all chats, keys and ` +
    'webhooks would be lost. Restore zaguan.db from a backup. To start empty on purpose, move sessions.db away too, ' +
    'and log the device out on the phone.'
  )
}

function withoutLink(dir: string): string {
  return (
    `${join(dir, 'sessions.db')} was missing or empty, and with it the link to WhatsApp: link the phone again. ` +
    'If that is a mistake, stop the gateway and restore sessions.db.'
  )
}

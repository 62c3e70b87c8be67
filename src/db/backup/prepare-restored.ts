import { join } from 'node:path'
import { SetupError } from '../../core/errors.ts'
import { provesKey } from '../sessions/seal.ts'
import type { SecretBox } from '../../util/secret-box.ts'
import { withDatabase } from './copied-data.ts'

/**
 * Takes the link to WhatsApp out of the databases of a folder: an old ratchet cannot decrypt what was sent since, and two
 * programs with one link lose messages to each other. Decrypted messages that wait in the journal stay. The next start
 * asks for a phone.
 */
export function removeLink(dir: string): void {
  withDatabase(join(dir, 'sessions.db'), (db) => {
    db.transaction(() => {
      for (const table of ['creds', 'signal_keys', 'retry_counts', 'log_outs'])
        db.exec(`delete from ${table}`)
    }).immediate()
    // The file is new: what was deleted must not be read out of its free pages.
    db.exec('vacuum')
    db.pragma('wal_checkpoint(TRUNCATE)')
  })
}

/** Checks that a key opens the sealed values of a folder. @throws SetupError for another key */
export function checkKey(dir: string, secrets: SecretBox): void {
  withDatabase(join(dir, 'sessions.db'), (db) => {
    if (provesKey(db, secrets) !== false) return
    throw new SetupError(
      'The key does not open this backup: it was made with another one. Give the right one with --secret-key.',
    )
  })
}

/** Lets the folder take a new key: forgets the proof of the former one. What that one sealed opens no more. */
export function forgetKey(dir: string): void {
  withDatabase(join(dir, 'sessions.db'), (db) => db.exec('delete from seals'))
}

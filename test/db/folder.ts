import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { insertAccount } from '../../src/features/accounts/queries/accounts.ts'
import { SessionStore } from '../../src/db/sessions/session-store.ts'
import type { Store } from '../../src/db/store.ts'
import { openSecretBox } from '../../src/util/secret-key.ts'
import { openStore } from '../support/store.ts'

/** A folder of the running test's own, gone after it. */
export function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'zaguan-test-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export const at = (second: number) => new Date(1_700_000_000_000 + second * 1000)

/** The sessions in a folder, closed after the running test. */
export async function openSessions(dir = folder()): Promise<SessionStore> {
  const sessions = await SessionStore.open(dir, openSecretBox(dir))
  onTestFinished(() => sessions.close())
  return sessions
}

/** A store of the running test's own with account 1 in it. */
export async function storeWithAccount(dir = folder()): Promise<Store> {
  const store = await openStore(dir)
  onTestFinished(() => store.close())
  await store.write((trx) => insertAccount(trx, { network: 'whatsapp', name: 'Test', at: at(0) }))
  return store
}

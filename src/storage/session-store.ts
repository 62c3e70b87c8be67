import { join } from 'node:path'
import type { Generated, Kysely } from 'kysely'
import type { AccountId } from '../domain/account.ts'
import type { JournalRow, Vault } from '../domain/ports.ts'
import { GroupCommit } from './group-commit.ts'
import { migrate } from './migrate.ts'
import { firstSessions } from './migrations/sessions-001-first.ts'
import { kyselyOver, openSqlite } from './sqlite.ts'

/** Released entries answer redeliveries this long. */
const keepReleasedMs = 24 * 60 * 60 * 1000

export interface SessionTables {
  creds: { account_id: number; data: string }
  signal_keys: { account_id: number; type: string; id: string; value: string | Uint8Array }
  journal: {
    id: Generated<number>
    account_id: number
    hash: string
    stanza: string
    plaintext: Uint8Array
    received_at: number
    released_at: number | null
    fault: string | null
  }
}

/**
 * `sessions.db`: WhatsApp credentials, Signal keys, and the journal of what was decrypted. It is apart from everything else
 * because an old ratchet, put back from a backup, can no longer decrypt.
 */
export class SessionStore {
  private readonly db: Kysely<SessionTables>
  private readonly group: GroupCommit<SessionTables>

  private constructor(db: Kysely<SessionTables>) {
    this.db = db
    this.group = new GroupCommit(db)
  }

  /** Opens the file in the data folder, made or migrated where needed. @throws SetupError */
  static async open(dataDir: string): Promise<SessionStore> {
    const file = openSqlite(join(dataDir, 'sessions.db'))
    await migrate(file, kyselyOver<unknown>(file), [firstSessions])
    return new SessionStore(kyselyOver<SessionTables>(file))
  }

  vault(accountId: AccountId): Vault {
    return new AccountVault(this.db, this.group, accountId)
  }

  /** Deletes what has been released for a day. */
  async prune(now: Date): Promise<void> {
    const before = now.getTime() - keepReleasedMs
    await this.group.write(async (trx) => {
      await trx.deleteFrom('journal').where('released_at', '<', before).execute()
    })
  }

  async close(): Promise<void> {
    await this.group.idle()
    await this.db.destroy()
  }
}

class AccountVault implements Vault {
  private readonly db: Kysely<SessionTables>
  private readonly group: GroupCommit<SessionTables>
  private readonly accountId: AccountId

  constructor(db: Kysely<SessionTables>, group: GroupCommit<SessionTables>, accountId: AccountId) {
    this.db = db
    this.group = group
    this.accountId = accountId
  }

  async loadCreds(): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('creds')
      .select('data')
      .where('account_id', '=', this.accountId)
      .executeTakeFirst()
    return row?.data
  }

  async get(type: string, ids: readonly string[]): Promise<Map<string, string | Uint8Array>> {
    const rows = await this.db
      .selectFrom('signal_keys')
      .select(['id', 'value'])
      .where('account_id', '=', this.accountId)
      .where('type', '=', type)
      .where('id', 'in', ids)
      .execute()
    return new Map(rows.map((row) => [row.id, row.value]))
  }

  async commit(changes: Parameters<Vault['commit']>[0]): Promise<void> {
    const { creds, keys = [], journal = [] } = changes
    const account_id = this.accountId
    await this.group.write(async (trx) => {
      if (creds !== undefined) {
        await trx
          .insertInto('creds')
          .values({ account_id, data: creds })
          .onConflict((c) => c.column('account_id').doUpdateSet({ data: creds }))
          .execute()
      }
      for (const { type, id, value } of keys) {
        if (value === null) {
          await trx
            .deleteFrom('signal_keys')
            .where('account_id', '=', account_id)
            .where('type', '=', type)
            .where('id', '=', id)
            .execute()
          continue
        }
        await trx
          .insertInto('signal_keys')
          .values({ account_id, type, id, value })
          .onConflict((c) => c.columns(['account_id', 'type', 'id']).doUpdateSet({ value }))
          .execute()
      }
      for (const entry of journal) {
        await trx
          .insertInto('journal')
          .values({
            account_id,
            hash: entry.hash,
            stanza: entry.stanza,
            plaintext: entry.plaintext,
            received_at: entry.receivedAt.getTime(),
            released_at: null,
            fault: null,
          })
          .onConflict((c) => c.columns(['account_id', 'hash']).doNothing())
          .execute()
      }
    })
  }

  async clear(): Promise<void> {
    await this.group.write(async (trx) => {
      await trx.deleteFrom('creds').where('account_id', '=', this.accountId).execute()
      await trx.deleteFrom('signal_keys').where('account_id', '=', this.accountId).execute()
    })
  }

  async findPlaintext(hash: string): Promise<Uint8Array | undefined> {
    const row = await this.db
      .selectFrom('journal')
      .select('plaintext')
      .where('account_id', '=', this.accountId)
      .where('hash', '=', hash)
      .executeTakeFirst()
    return row?.plaintext
  }

  async pending(limit: number): Promise<JournalRow[]> {
    const rows = await this.db
      .selectFrom('journal')
      .select(['id', 'hash', 'stanza', 'plaintext', 'received_at'])
      .where('account_id', '=', this.accountId)
      .where('released_at', 'is', null)
      .where('fault', 'is', null)
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map((row) => ({
      id: row.id,
      hash: row.hash,
      stanza: row.stanza,
      plaintext: row.plaintext,
      receivedAt: new Date(row.received_at),
    }))
  }

  async countPending(): Promise<number> {
    const row = await this.db
      .selectFrom('journal')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('account_id', '=', this.accountId)
      .where('released_at', 'is', null)
      .executeTakeFirstOrThrow()
    return row.n
  }

  async release(ids: readonly number[]): Promise<void> {
    const released_at = Date.now()
    await this.group.write(async (trx) => {
      await trx
        .updateTable('journal')
        .set({ released_at })
        .where('id', 'in', ids)
        .execute()
    })
  }

  async setAside(id: number, why: string): Promise<void> {
    await this.group.write(async (trx) => {
      await trx.updateTable('journal').set({ fault: why }).where('id', '=', id).execute()
    })
  }
}

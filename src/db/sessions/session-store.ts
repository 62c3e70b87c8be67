import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import type { Kysely } from 'kysely'
import type { AccountId } from '../../core/ids.ts'
import type { HistoryQueue } from '../../core/messages/history.ts'
import type { DepartingDevices, JournalRow, SessionVault } from '../../core/ports.ts'
import { compiled } from '../prepared-query.ts'
import { removeCopies } from '../copies.ts'
import { GroupCommit } from '../group-commit.ts'
import { migrate } from '../migrate.ts'
import { sessionMigrations } from '../migration-list.ts'
import { erasePerson } from './erase-person.ts'
import { StoredHistory } from './stored-history.ts'
import { StoredLogOuts, isLinkedDevice, putAmongLogOuts } from './stored-log-outs.ts'
import type { SessionTables } from './session-tables.ts'
import { credsUse, keyUse, sealSessions } from './seal.ts'
import { kyselyOver, openSqlite } from '../sqlite.ts'
import { WriteAheadLog } from '../write-ahead-log.ts'
import type { SecretBox } from '../../util/secret-box.ts'
import { VersionedCache, onlyOne } from '../../util/versioned-cache.ts'

/** Time that released entries answer redeliveries. */
const keepReleasedMs = 24 * 60 * 60 * 1000

/**
 * Opens `sessions.db`: WhatsApp credentials, Signal keys, and the journal of decrypted messages. Separate from all other data
 * because an old ratchet, restored from a backup, can no longer decrypt. Credentials and keys are sealed: a copy of the file
 * alone gives no access.
 */
export class SessionStore {
  private readonly db: Kysely<SessionTables>
  private readonly group: GroupCommit<SessionTables>
  private readonly secrets: SecretBox
  private readonly file: Sqlite.Database
  private readonly erased = { times: 0 }
  private readonly log: WriteAheadLog

  private constructor(file: Sqlite.Database, secrets: SecretBox) {
    this.log = new WriteAheadLog(file)
    const db = kyselyOver<SessionTables>(file, this.log)
    this.file = file
    this.db = db
    this.secrets = secrets
    this.group = new GroupCommit(db, { log: this.log })
  }

  /**
   * Opens the file in the data folder, created, migrated and sealed as needed. @throws SetupError, also for another
   * key
   */
  static async open(dataDir: string, secrets: SecretBox): Promise<SessionStore> {
    const file = openSqlite(join(dataDir, 'sessions.db'))
    try {
      await migrate(file, kyselyOver<unknown>(file), sessionMigrations)
      sealSessions(file, secrets)
    } catch (error) {
      file.close()
      throw error
    }
    return new SessionStore(file, secrets)
  }

  vault(accountId: AccountId): SessionVault {
    const { secrets, erased } = this
    return new AccountVault(this.db, this.group, { accountId, secrets, erased })
  }

  /** Returns the devices of removed accounts that WhatsApp has still to be told about. */
  logOuts(): DepartingDevices {
    return new StoredLogOuts(this.db, this.group, this.secrets)
  }

  /** Tells whether any account's credentials belong to a linked device. */
  async isLinked(): Promise<boolean> {
    const rows = await this.db.selectFrom('creds').select('account_id').execute()
    const creds = await Promise.all(rows.map(({ account_id }) => this.vault(account_id).loadCreds()))
    return creds.some(isLinkedDevice)
  }

  /**
   * Deletes a person's rows.
   * @returns how many journal entries are still to become messages, and have to be checked again
   */
  async erasePerson(person: { accountId: AccountId; addresses: readonly string[] }): Promise<number> {
    const inUse = await this.group.write((trx) => erasePerson(trx, this.secrets, person))
    this.erased.times++
    return inUse
  }

  /** Removes deleted content from the log and from copies. @returns whether that succeeded */
  async purgeDeleted(): Promise<boolean> {
    removeCopies(this.file.name)
    return this.group.between(() => this.log.empty())
  }

  /** Removes copies from before migrations that are older than `before`. */
  removeCopies(before: Date): void {
    removeCopies(this.file.name, before)
  }

  /** Deletes journal entries released, and retry counts touched, more than a day ago. */
  async prune(now: Date): Promise<void> {
    const before = now.getTime() - keepReleasedMs
    await this.group.write(async (trx) => {
      await trx.deleteFrom('journal').where('released_at', '<', before).execute()
      await trx.deleteFrom('retry_counts').where('updated_at', '<', before).execute()
    })
  }

  async close(): Promise<void> {
    await this.group.idle()
    await this.log.close()
    await this.db.destroy()
  }
}

type Sessions = Kysely<SessionTables>
type KeyRef = { accountId: AccountId; type: string }

const severalKeys = (db: Sessions, p: KeyRef & { ids: readonly string[] }) =>
  db
    .selectFrom('signal_keys')
    .select(['id', 'value'])
    .where('account_id', '=', p.accountId)
    .where('type', '=', p.type)
    .where('id', 'in', p.ids)

const oneKey = compiled((db: Sessions, p: KeyRef & { id: string }) =>
  db
    .selectFrom('signal_keys')
    .select(['id', 'value'])
    .where('account_id', '=', p.accountId)
    .where('type', '=', p.type)
    .where('id', '=', p.id),
)

const deleteKey = compiled((trx: Sessions, p: KeyRef & { id: string }) =>
  trx
    .deleteFrom('signal_keys')
    .where('account_id', '=', p.accountId)
    .where('type', '=', p.type)
    .where('id', '=', p.id),
)

const putKey = compiled((trx: Sessions, p: Omit<SessionTables['signal_keys'], 'sealed'>) =>
  trx
    .insertInto('signal_keys')
    .values({ account_id: p.account_id, type: p.type, id: p.id, value: p.value, sealed: 1 })
    .onConflict((c) => c.columns(['account_id', 'type', 'id']).doUpdateSet({ value: p.value, sealed: 1 })),
)

type NewEntry = Omit<SessionTables['journal'], 'id' | 'released_at' | 'fault'>

const insertEntry = compiled((trx: Sessions, p: NewEntry) =>
  trx
    .insertInto('journal')
    .values({
      account_id: p.account_id,
      hash: p.hash,
      stanza: p.stanza,
      plaintext: p.plaintext,
      second: p.second,
      received_at: p.received_at,
    })
    .onConflict((c) => c.columns(['account_id', 'hash']).doNothing()),
)

const plaintextOf = compiled((db: Sessions, p: { accountId: AccountId; hash: string }) =>
  db
    .selectFrom('journal')
    .select('plaintext')
    .where('account_id', '=', p.accountId)
    .where('hash', '=', p.hash),
)

const pendingEntries = compiled((db: Sessions, p: { accountId: AccountId; limit: number }) =>
  db
    .selectFrom('journal')
    .select(['id', 'hash', 'stanza', 'plaintext', 'second', 'received_at'])
    .where('account_id', '=', p.accountId)
    .where('released_at', 'is', null)
    .where('fault', 'is', null)
    .orderBy('second')
    .orderBy('received_at')
    .orderBy('id')
    .limit(p.limit),
)

interface VaultParts {
  accountId: AccountId
  secrets: SecretBox
  /** Counts the erasures of keys with a person. */
  erased: { readonly times: number }
}

class AccountVault implements SessionVault {
  private readonly db: Kysely<SessionTables>
  private readonly group: GroupCommit<SessionTables>
  private readonly accountId: AccountId
  private readonly secrets: SecretBox
  private readonly erased: { readonly times: number }
  private readonly counted: VersionedCache<{ waiting: number; setAside: number }>
  private readonly chunks: HistoryQueue

  constructor(
    db: Kysely<SessionTables>,
    group: GroupCommit<SessionTables>,
    { accountId, secrets, erased }: VaultParts,
  ) {
    this.db = db
    this.group = group
    this.accountId = accountId
    this.secrets = secrets
    this.erased = erased
    this.counted = new VersionedCache(() => group.version, onlyOne)
    this.chunks = new StoredHistory(db, group, accountId)
  }

  history(): HistoryQueue {
    return this.chunks
  }

  async loadCreds(): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('creds')
      .select('data')
      .where('account_id', '=', this.accountId)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const text = this.secrets.open(row.data, credsUse(this.accountId))
    if (text === undefined) throw new Error('the credentials of WhatsApp cannot be opened')
    return text
  }

  async get(type: string, ids: readonly string[]): Promise<Map<string, string | Uint8Array>> {
    const { accountId } = this
    const [id] = ids
    const { rows } =
      id !== undefined && ids.length === 1
        ? await oneKey(this.db, { accountId, type, id })
        : await this.db.executeQuery(severalKeys(this.db, { accountId, type, ids }).compile())
    return new Map(
      rows.map((row) => {
        const value = this.secrets.openBytes(row.value, keyUse(accountId, type, row.id))
        if (value === undefined) throw new Error(`a key of the type ${type} cannot be opened`)
        return [row.id, value]
      }),
    )
  }

  erasures(): number {
    return this.erased.times
  }

  async commit(changes: Parameters<SessionVault['commit']>[0]): Promise<void> {
    const { creds, keys = [], journal = [] } = changes
    const account_id = this.accountId
    await this.group.write(async (trx) => {
      if (creds !== undefined) {
        const row = { data: this.secrets.seal(creds, credsUse(account_id)), sealed: 1 } as const
        await trx
          .insertInto('creds')
          .values({ account_id, ...row })
          .onConflict((c) => c.column('account_id').doUpdateSet(row))
          .execute()
      }
      for (const { type, id, value } of keys) {
        if (value === null) await deleteKey(trx, { accountId: account_id, type, id })
        else {
          const sealed = this.secrets.sealBytes(value, keyUse(account_id, type, id))
          await putKey(trx, { account_id, type, id, value: sealed })
        }
      }
      for (const { receivedAt, ...entry } of journal) {
        await insertEntry(trx, { account_id, ...entry, received_at: receivedAt.getTime() })
      }
    })
  }

  async clear(): Promise<void> {
    await this.group.write((trx) => this.clearIn(trx))
  }

  async retire(since: Date): Promise<boolean> {
    const { accountId } = this
    return this.group.write(async (trx) => {
      await putAmongLogOuts(trx, this.secrets, { accountId, since })
      await this.clearIn(trx)
      const waiting = await trx
        .selectFrom('log_outs')
        .select('id')
        .where('account_id', '=', accountId)
        .executeTakeFirst()
      return waiting !== undefined
    })
  }

  private async clearIn(trx: Sessions): Promise<void> {
    await trx.deleteFrom('creds').where('account_id', '=', this.accountId).execute()
    await trx.deleteFrom('signal_keys').where('account_id', '=', this.accountId).execute()
    // The next linking brings the history anew.
    await trx.deleteFrom('history_chunks').where('account_id', '=', this.accountId).execute()
  }

  async findPlaintext(hash: string): Promise<Uint8Array | undefined> {
    const [entry] = (await plaintextOf(this.db, { accountId: this.accountId, hash })).rows
    // Its receipt goes out next, and the entry may have been committed just now.
    if (entry) await this.group.flushed()
    return entry?.plaintext
  }

  async pending(limit: number): Promise<JournalRow[]> {
    const { rows } = await pendingEntries(this.db, { accountId: this.accountId, limit })
    return rows.map((row) => ({
      id: row.id,
      hash: row.hash,
      stanza: row.stanza,
      plaintext: row.plaintext,
      second: row.second,
      receivedAt: new Date(row.received_at),
    }))
  }

  countPending(): Promise<{ waiting: number; setAside: number }> {
    return this.counted.get('journal', () => this.countJournal())
  }

  private async countJournal(): Promise<{ waiting: number; setAside: number }> {
    const row = await this.db
      .selectFrom('journal')
      .select((eb) => [eb.fn.countAll<number>().as('all'), eb.fn.count<number>('fault').as('setAside')])
      .where('account_id', '=', this.accountId)
      .where('released_at', 'is', null)
      .executeTakeFirstOrThrow()
    return { waiting: row.all - row.setAside, setAside: row.setAside }
  }

  async retryCount(key: string): Promise<number | undefined> {
    const row = await this.db
      .selectFrom('retry_counts')
      .select('count')
      .where('account_id', '=', this.accountId)
      .where('key', '=', key)
      .executeTakeFirst()
    return row?.count
  }

  async setRetryCount(key: string, count: number): Promise<void> {
    const row = { account_id: this.accountId, key, count, updated_at: Date.now() }
    await this.group.write(async (trx) => {
      await trx
        .insertInto('retry_counts')
        .values(row)
        .onConflict((c) =>
          c.columns(['account_id', 'key']).doUpdateSet({ count, updated_at: row.updated_at }),
        )
        .execute()
    })
  }

  async release(ids: readonly number[]): Promise<void> {
    const released_at = Date.now()
    // An entry that a power cut brings back is read again and found to be stored.
    await this.group.writeLazily(async (trx) => {
      // Entries set aside stay: releasing them would let them be pruned.
      await trx
        .updateTable('journal')
        .set({ released_at })
        .where('id', 'in', ids)
        .where('fault', 'is', null)
        .execute()
    })
  }

  async setAside(id: number, why: string): Promise<void> {
    await this.group.write(async (trx) => {
      await trx.updateTable('journal').set({ fault: why }).where('id', '=', id).execute()
    })
  }
}

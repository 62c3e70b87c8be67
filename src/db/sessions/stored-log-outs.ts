import type { Kysely } from 'kysely'
import type { DepartingDevice, DepartingDevices } from '../../core/ports.ts'
import type { AccountId } from '../../core/ids.ts'
import type { GroupCommit } from '../group-commit.ts'
import type { SecretBox } from '../../util/secret-box.ts'
import { credsUse } from './seal.ts'
import type { SessionTables } from './session-tables.ts'

/** Tells whether credentials are those of a device that a phone has linked. */
export function isLinkedDevice(creds: string | undefined): boolean {
  // The library notes both, the latter once the phone has signed for the device.
  const { me, account } = JSON.parse(creds ?? '{}') as { me?: unknown; account?: unknown }
  return Boolean(me && account)
}

/**
 * Moves the credentials of a linked device to the devices that log out. Joins a running write, which then deletes them from
 * their old place.
 * @returns false if no device is linked
 */
export async function putAmongLogOuts(
  trx: Kysely<SessionTables>,
  secrets: SecretBox,
  { accountId, since }: { accountId: AccountId; since: Date },
): Promise<boolean> {
  const row = await trx
    .selectFrom('creds')
    .select('data')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  if (!row || !isLinkedDevice(secrets.open(row.data, credsUse(accountId)))) return false
  await trx
    .insertInto('log_outs')
    .values({ account_id: accountId, data: row.data, since: since.getTime() })
    .execute()
  return true
}

/** Keeps the devices of removed accounts whose log-out WhatsApp does not know of yet, in `sessions.db`. */
export class StoredLogOuts implements DepartingDevices {
  private readonly db: Kysely<SessionTables>
  private readonly group: GroupCommit<SessionTables>
  private readonly secrets: SecretBox

  constructor(db: Kysely<SessionTables>, group: GroupCommit<SessionTables>, secrets: SecretBox) {
    this.db = db
    this.group = group
    this.secrets = secrets
  }

  async list(): Promise<DepartingDevice[]> {
    const rows = await this.db
      .selectFrom('log_outs')
      .select(['id', 'account_id', 'since'])
      .orderBy('id')
      .execute()
    return rows.map(({ id, account_id, since }) => ({ id, accountId: account_id, since: new Date(since) }))
  }

  async findCreds(id: number): Promise<string | undefined> {
    const row = await this.db.selectFrom('log_outs').selectAll().where('id', '=', id).executeTakeFirst()
    return row && this.secrets.open(row.data, credsUse(row.account_id))
  }

  async forget(id: number): Promise<void> {
    await this.group.write((trx) => trx.deleteFrom('log_outs').where('id', '=', id).execute())
  }
}

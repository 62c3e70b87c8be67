import type { Generated, Kysely } from 'kysely'
import type { DepartingDevice, DepartingDevices } from '../../../core/ports.ts'
import type { AccountId } from '../../../core/ids.ts'
import type { GroupCommit } from '../../../db/group-commit.ts'
import type { SecretBox } from '../../../util/secret-box.ts'
import { credsUse } from './session-seal.ts'

/** Credentials of a device that is to be logged out and does nothing else; `data` is sealed as in `creds`. */
export interface LogOutsTable {
  id: Generated<number>
  account_id: number
  data: string
  /** When the account was removed, epoch ms. */
  since: number
}

interface Tables {
  creds: { account_id: number; data: string; sealed: 0 | 1 }
  log_outs: LogOutsTable
}

/** Whether credentials are those of a device that a phone has linked. */
export function isLinkedDevice(creds: string | undefined): boolean {
  // The library notes both, the latter once the phone has signed for the device.
  const { me, account } = JSON.parse(creds ?? '{}') as { me?: unknown; account?: unknown }
  return Boolean(me && account)
}

/**
 * Puts the credentials of a linked device among those that are to be logged out. Joins a running write, which then deletes them
 * where they were. @returns false where there is no linked device
 */
export async function putAmongLogOuts<T extends Tables>(
  trx: Kysely<T>,
  secrets: SecretBox,
  { accountId, since }: { accountId: AccountId; since: Date },
): Promise<boolean> {
  const db = trx as unknown as Kysely<Tables>
  const row = await db
    .selectFrom('creds')
    .select('data')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  if (!row || !isLinkedDevice(secrets.open(row.data, credsUse(accountId)))) return false
  await db
    .insertInto('log_outs')
    .values({ account_id: accountId, data: row.data, since: since.getTime() })
    .execute()
  return true
}

/** The devices of removed accounts that WhatsApp has still to be told about, in `sessions.db`. */
export class StoredLogOuts<T extends Tables> implements DepartingDevices {
  private readonly db: Kysely<Tables>
  private readonly group: GroupCommit<Tables>
  private readonly secrets: SecretBox

  constructor(db: Kysely<T>, group: GroupCommit<T>, secrets: SecretBox) {
    this.db = db as unknown as Kysely<Tables>
    this.group = group as unknown as GroupCommit<Tables>
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

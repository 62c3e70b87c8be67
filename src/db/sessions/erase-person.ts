import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { AccountId } from '../../core/ids.ts'
import { keyUse } from './seal.ts'
import type { SessionTables } from './session-tables.ts'
import type { SecretBox } from '../../util/secret-box.ts'

type Sessions = Kysely<SessionTables>

/** Key types under the account's own numbers, which are no person's address. */
const ownTypes = ['pre-key', 'app-state-sync-key', 'app-state-sync-version']
/** Shorter numbers would match inside others. */
const minDigits = 5

/**
 * Deletes what `sessions.db` holds of a person: journal entries that mention the address, also in others' messages,
 * and the keys of the person's devices, which their next message creates again.
 * @returns how many entries are still to become messages, and have to be checked again
 */
export async function erasePerson(
  trx: Sessions,
  secrets: SecretBox,
  { accountId, addresses }: { accountId: AccountId; addresses: readonly string[] },
): Promise<number> {
  const known = [...new Set(addresses.map(digitsOf).filter((digits) => digits.length >= minDigits))]
  if (known.length === 0) return 0
  const digits = [...known, ...(await mappedTo(trx, secrets, { accountId, digits: known }))]
  const list = JSON.stringify(digits)
  const mentioned = sql<boolean>`exists (select 1 from json_each(${list}) n
    where instr(stanza, n.value) > 0 or instr(plaintext, cast(n.value as blob)) > 0)`
  await trx
    .deleteFrom('journal')
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('released_at', 'is not', null), eb('fault', 'is not', null)]))
    .where(mentioned)
    .execute()
  await trx
    .deleteFrom('retry_counts')
    .where('account_id', '=', accountId)
    .where(
      sql<boolean>`exists (select 1 from json_each(${list}) n where instr(retry_counts.key, n.value) > 0)`,
    )
    .execute()
  await eraseKeys(trx, accountId, digits)
  const { n } = await trx
    .selectFrom('journal')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', accountId)
    .where(mentioned)
    .executeTakeFirstOrThrow()
  return n
}

/** Returns the other address of each, as the library noted it. */
async function mappedTo(
  trx: Sessions,
  secrets: SecretBox,
  { accountId, digits }: { accountId: AccountId; digits: readonly string[] },
): Promise<string[]> {
  const type = 'lid-mapping'
  const rows = await trx
    .selectFrom('signal_keys')
    .select(['id', 'value'])
    .where('account_id', '=', accountId)
    .where('type', '=', type)
    .where('id', 'in', [...digits, ...digits.map((each) => `${each}_reverse`)])
    .execute()
  return rows.flatMap(({ id, value }) => {
    const other = secrets.openBytes(value, keyUse(accountId, type, id))
    const text = typeof other === 'string' ? digitsOf(other.replaceAll('"', '')) : ''
    return text.length >= minDigits && !digits.includes(text) ? [text] : []
  })
}

/**
 * Deletes keys whose ids contain these digits. Ids combine addresses, devices and groups: `34600111222.0`,
 * `123456789_1.3`, `GROUP::123456789_1::0`.
 */
async function eraseKeys(trx: Sessions, accountId: AccountId, digits: readonly string[]): Promise<void> {
  const list = JSON.stringify(digits)
  const rows = await trx
    .selectFrom('signal_keys')
    .select(['type', 'id'])
    .where('account_id', '=', accountId)
    .where('type', 'not in', ownTypes)
    .where(sql<boolean>`exists (select 1 from json_each(${list}) n where instr(signal_keys.id, n.value) > 0)`)
    .execute()
  for (const { type, id } of rows) {
    if (!id.split(/\D+/).some((part) => digits.includes(part))) continue
    await trx
      .deleteFrom('signal_keys')
      .where('account_id', '=', accountId)
      .where('type', '=', type)
      .where('id', '=', id)
      .execute()
  }
}

/** Returns the number in an address, without device and server. */
function digitsOf(address: string): string {
  return /^\d+/.exec(address)?.[0] ?? ''
}

import type { Selectable } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import type { Template, TemplateTexts } from '../rules/template.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { TemplatesTable } from '../../../db/tables/templates.ts'
import type { Db, Trx } from '../../../db/tables.ts'

function fromRow(row: Selectable<TemplatesTable>): Template {
  return {
    name: row.name,
    texts: JSON.parse(row.texts) as TemplateTexts,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

const byName = compiled((db: Db, p: { accountId: AccountId; name: string }) =>
  db.selectFrom('templates').selectAll().where('account_id', '=', p.accountId).where('name', '=', p.name),
)

/** Finds a template by name. */
export async function findTemplate(
  db: Db,
  accountId: AccountId,
  name: string,
): Promise<Template | undefined> {
  const [row] = (await byName(db, { accountId, name })).rows
  return row && fromRow(row)
}

/** Lists templates by name, after `after`. */
export async function listTemplates(
  db: Db,
  accountId: AccountId,
  page: { after?: string | undefined; limit: number },
): Promise<Template[]> {
  const rows = await db
    .selectFrom('templates')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name', '>', page.after ?? '')
    .orderBy('name')
    .limit(page.limit)
    .execute()
  return rows.map(fromRow)
}

/** Counts an account's templates. */
export async function countTemplates(db: Db, accountId: AccountId): Promise<number> {
  const { n } = await db
    .selectFrom('templates')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return n
}

/** Inserts a template; false if the name is in use. */
export async function insertTemplate(
  trx: Trx,
  accountId: AccountId,
  { name, texts, createdAt, updatedAt }: Template,
): Promise<boolean> {
  const row = await trx
    .insertInto('templates')
    .values({
      account_id: accountId,
      name,
      texts: JSON.stringify(texts),
      created_at: createdAt.getTime(),
      updated_at: updatedAt.getTime(),
    })
    .onConflict((c) => c.columns(['account_id', 'name']).doNothing())
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

/** Replaces a template's texts. */
export async function updateTemplate(
  trx: Trx,
  accountId: AccountId,
  { name, texts, updatedAt }: Pick<Template, 'name' | 'texts' | 'updatedAt'>,
): Promise<void> {
  await trx
    .updateTable('templates')
    .set({ texts: JSON.stringify(texts), updated_at: updatedAt.getTime() })
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .execute()
}

/** Deletes a template. */
export async function deleteTemplate(trx: Trx, accountId: AccountId, name: string): Promise<void> {
  await trx.deleteFrom('templates').where('account_id', '=', accountId).where('name', '=', name).execute()
}

/** Counts the active schedules that use a template. */
export async function schedulesOfTemplate(db: Db, accountId: AccountId, name: string): Promise<number> {
  const { n } = await db
    .selectFrom('schedules')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .where('template', '=', name)
    .executeTakeFirstOrThrow()
  return n
}

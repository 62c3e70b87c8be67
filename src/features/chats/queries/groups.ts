import type { AccountId, ChatId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import { personFrom } from '../group-person.ts'
import { personColumns, samePerson } from './person-sources.ts'
import type { Group, GroupFacts, GroupInfo, GroupMember, GroupRole, Participant } from '../group.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { refreshSearch } from '../../contacts/records.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import type { GroupsTable } from '../../../db/tables/groups.ts'

/** Rows per statement; SQLite allows 32,766 values. */
const pieceSize = 500

const flag = (on: boolean) => (on ? (1 as const) : (0 as const))

const byJid = compiled((db: Db, p: { accountId: AccountId; jid: string }) =>
  db.selectFrom('groups').selectAll().where('account_id', '=', p.accountId).where('jid', '=', p.jid),
)

const membersOf = compiled((db: Db, p: { accountId: AccountId; jid: string }) =>
  db
    .selectFrom('group_members')
    .select(['jid', 'other_jid as otherJid', 'role'])
    .where('account_id', '=', p.accountId)
    .where('group_jid', '=', p.jid),
)

function fromRow(row: Selectable<GroupsTable>, members: GroupMember[]): Group {
  const { jid, subject, description, addressing } = row
  return {
    jid,
    subject,
    description,
    addressing,
    announce: row.announce === 1,
    locked: row.locked === 1,
    onlyAdminsAdd: row.only_admins_add === 1,
    joinApproval: row.join_approval === 1,
    disappearsAfter: row.disappears_after,
    isMember: row.is_member === 1,
    members,
  }
}

/** Finds a group with all its members; undefined if WhatsApp never described it. */
export async function findGroup(db: Db, accountId: AccountId, jid: string): Promise<Group | undefined> {
  const [row] = (await byJid(db, { accountId, jid })).rows
  return row && fromRow(row, (await membersOf(db, { accountId, jid })).rows)
}

/** Tells whether one of these jids is a known administrator of the group. */
export async function isAdministrator(
  db: Db,
  accountId: AccountId,
  group: string,
  jids: readonly string[],
): Promise<boolean> {
  const members = await membersAmong(db, accountId, group, jids)
  return members.some(({ role }) => role !== 'member')
}

/** Replaces the stored description by a complete one. */
export async function replaceGroup(
  trx: Trx,
  accountId: AccountId,
  group: GroupInfo & { isMember: boolean },
): Promise<void> {
  const row = {
    subject: group.subject,
    description: group.description,
    addressing: group.addressing,
    announce: flag(group.announce),
    locked: flag(group.locked),
    only_admins_add: flag(group.onlyAdminsAdd),
    join_approval: flag(group.joinApproval),
    disappears_after: group.disappearsAfter,
    is_member: flag(group.isMember),
  }
  await trx
    .insertInto('groups')
    .values({ account_id: accountId, jid: group.jid, ...row })
    .onConflict((c) => c.columns(['account_id', 'jid']).doUpdateSet(row))
    .execute()
  await trx
    .deleteFrom('group_members')
    .where('account_id', '=', accountId)
    .where('group_jid', '=', group.jid)
    .execute()
  await addMembers(trx, accountId, group.jid, group.members)
  await nameChat(trx, accountId, group.jid, group.subject)
}

/** Changes some facts of a known group; false for an unknown one. */
export async function changeGroup(
  trx: Trx,
  accountId: AccountId,
  jid: string,
  facts: Partial<GroupFacts & Pick<Group, 'isMember'>>,
): Promise<boolean> {
  const set = {
    ...(facts.subject === undefined ? {} : { subject: facts.subject }),
    ...(facts.description === undefined ? {} : { description: facts.description }),
    ...(facts.announce === undefined ? {} : { announce: flag(facts.announce) }),
    ...(facts.locked === undefined ? {} : { locked: flag(facts.locked) }),
    ...(facts.onlyAdminsAdd === undefined ? {} : { only_admins_add: flag(facts.onlyAdminsAdd) }),
    ...(facts.joinApproval === undefined ? {} : { join_approval: flag(facts.joinApproval) }),
    ...(facts.disappearsAfter === undefined ? {} : { disappears_after: facts.disappearsAfter }),
    ...(facts.isMember === undefined ? {} : { is_member: flag(facts.isMember) }),
  }
  if (facts.subject !== undefined) await nameChat(trx, accountId, jid, facts.subject)
  if (Object.keys(set).length === 0) return true
  const { numUpdatedRows } = await trx
    .updateTable('groups')
    .set(set)
    .where('account_id', '=', accountId)
    .where('jid', '=', jid)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Adds members to a group. */
export async function addMembers(
  trx: Trx,
  accountId: AccountId,
  group: string,
  members: readonly GroupMember[],
): Promise<void> {
  const rows = members.map(({ jid, otherJid, role }) => ({
    account_id: accountId,
    group_jid: group,
    jid,
    other_jid: otherJid,
    role,
  }))
  for (let from = 0; from < rows.length; from += pieceSize) {
    await trx
      .insertInto('group_members')
      .values(rows.slice(from, from + pieceSize))
      .onConflict((c) =>
        c.columns(['account_id', 'group_jid', 'jid']).doUpdateSet((eb) => ({
          other_jid: eb.fn.coalesce('excluded.other_jid', 'group_members.other_jid'),
          role: eb.ref('excluded.role'),
        })),
      )
      .execute()
  }
}

/**
 * Tests whether a row is of the group's members with any of these jids. They are one value of the statement: a large
 * group has more members than a statement has parameters.
 */
function areMembers(accountId: AccountId, group: string, jids: readonly string[]) {
  const list = sql`(select value from json_each(${JSON.stringify(jids)}))`
  return sql<boolean>`account_id = ${accountId} and group_jid = ${group} and (jid in ${list} or other_jid in ${list})`
}

/** Finds the members with any of these jids, in either of their addresses. */
export async function membersAmong(
  db: Db,
  accountId: AccountId,
  group: string,
  jids: readonly string[],
): Promise<GroupMember[]> {
  if (jids.length === 0) return []
  return db
    .selectFrom('group_members')
    .select(['jid', 'other_jid as otherJid', 'role'])
    .where(areMembers(accountId, group, jids))
    .execute()
}

/** Removes the members with any of these jids. */
export async function removeMembers(
  trx: Trx,
  accountId: AccountId,
  group: string,
  jids: readonly string[],
): Promise<void> {
  await trx
    .deleteFrom('group_members')
    .where(areMembers(accountId, group, jids))
    .execute()
}

/** Sets the role of members. */
export async function setRole(
  trx: Trx,
  accountId: AccountId,
  group: string,
  { jids, role }: { jids: readonly string[]; role: GroupRole },
): Promise<void> {
  await trx
    .updateTable('group_members')
    .set({ role })
    .where(areMembers(accountId, group, jids))
    .execute()
}

/** Finds the name of a group's or channel's chat; undefined if unknown. */
export async function findSubject(
  db: Db,
  accountId: AccountId,
  jid: string,
): Promise<string | null | undefined> {
  const row = await db
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .select('chats.subject')
    .where('chat_jids.account_id', '=', accountId)
    .where('chat_jids.jid', '=', jid)
    .executeTakeFirst()
  return row?.subject
}

/** Names the chat of a group or channel, and its customer, if any. */
export async function nameChat(trx: Trx, accountId: AccountId, jid: string, subject: string): Promise<void> {
  const chat = await trx
    .updateTable('chats')
    .set({ subject })
    .where('account_id', '=', accountId)
    .where('kind', 'in', ['group', 'channel'])
    .where('id', '=', (eb) =>
      eb.selectFrom('chat_jids').select('chat_id').where('account_id', '=', accountId).where('jid', '=', jid),
    )
    .where('subject', 'is distinct from', subject)
    .returning('customer_id')
    .executeTakeFirst()
  if (!chat?.customer_id) return
  await trx.updateTable('customers').set({ name: subject }).where('id', '=', chat.customer_id).execute()
  await refreshSearch(trx, chat.customer_id)
}

/** Creates a customer that stands for a whole group, so that the group can have conversations. */
export async function makeGroupCustomer(
  trx: Trx,
  accountId: AccountId,
  chat: { id: number; subject: string; at: Date },
): Promise<number> {
  const at = chat.at.getTime()
  const { id } = await trx
    .insertInto('customers')
    .values({ account_id: accountId, name: chat.subject, created_at: at, updated_at: at })
    .returning('id')
    .executeTakeFirstOrThrow()
  await refreshSearch(trx, id, true)
  await trx.updateTable('chats').set({ customer_id: id }).where('id', '=', chat.id).execute()
  return id
}

/** Returns the display name of a group's chat: its subject, or its jid until that is known. */
export async function groupNameOf(db: Db, chatId: ChatId): Promise<string> {
  const row = await db
    .selectFrom('chats')
    .select(['subject', 'jid'])
    .where('id', '=', chatId)
    .executeTakeFirstOrThrow()
  return row.subject ?? row.jid
}

const member = { account: 'group_members.account_id', jid: 'group_members.jid' }

const people = compiled((db: Db, p: { accountId: AccountId; jid: string; limit: number }) =>
  db
    .selectFrom('group_members')
    .leftJoin('senders', samePerson('senders', member))
    .leftJoin('chat_jids as writer_jids', samePerson('writer_jids', member))
    .leftJoin('chats as writer_chats', 'writer_chats.id', 'writer_jids.chat_id')
    .leftJoin('customers as writers', 'writers.id', 'writer_chats.customer_id')
    .leftJoin('contact_names as contacts', samePerson('contacts', member))
    .select(['group_members.jid', 'group_members.other_jid', 'group_members.role', ...personColumns])
    .where('group_members.account_id', '=', p.accountId)
    .where('group_members.group_jid', '=', p.jid)
    .orderBy('group_members.jid')
    .limit(p.limit),
)

/** Lists the members of a group as people are shown, at most `limit`. */
export async function listPeople(
  db: Db,
  accountId: AccountId,
  jid: string,
  limit: number,
): Promise<(Participant & { role: GroupRole })[]> {
  const { rows } = await people(db, { accountId, jid, limit })
  return rows.map((row) => {
    const { jid: shown, name, username } = personFrom(row.jid, row, row.other_jid)
    return { jid: shown, name, username, role: row.role }
  })
}

import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

const hasNothing = `p.email is null and p.company is null and p.notes is null and p.tags = '[]' and p.custom_fields = '{}'
  and p.accepts_marketing = 0 and p.marketing_said_at is null and p.conversation_count = 0`

const statements = [
  `create table contact_names (
    account_id integer not null,
    jid text not null,
    name text,
    push_name text,
    primary key (account_id, jid)
  ) without rowid`,
  `alter table chats add column own integer not null default 0`,
  // Chats and customers created by the address book alone: without messages, entries or decisions.
  `create table only_contacts as select c.id as chat_id, p.id as customer_id
    from chats c join customers p on p.id = c.customer_id
    where c.kind = 'person' and c.message_count = 0 and c.last_message_at is null and c.bot_enabled = 0
      and c.untouchable = 0 and c.instruction is null and p.created_at = c.created_at and ${hasNothing}
      and c.id not in (select chat_id from bot_chats) and c.id not in (select chat_id from messages)
      and p.id not in (select customer_id from appointments)
      and p.id not in (select customer_id from tickets) and p.id not in (select customer_id from leads)
      and p.id not in (select json_extract(data, '$.customerId') from events
        where name = 'customer.created' and json_extract(data, '$.customerId') is not null)
      and not exists (select 1 from chats o where o.customer_id = p.id and o.id <> c.id)`,
  `create table own_jids as
    select id as account_id, phone || '@s.whatsapp.net' as jid from accounts where test = 0 and phone is not null
    union select id, lid from accounts where test = 0 and lid is not null`,
  `create table own_chats as select distinct c.id as chat_id from own_jids o
    join chat_jids j on j.account_id = o.account_id and j.jid = o.jid join chats c on c.id = j.chat_id
    where c.kind = 'person'`,
  `create table own_customers as select p.id as customer_id from customers p
    join own_jids o on o.account_id = p.account_id and (o.jid = p.phone || '@s.whatsapp.net' or o.jid = p.lid)
    union select customer_id from chats where id in (select chat_id from own_chats) and customer_id is not null`,
  `insert or ignore into contact_names(account_id, jid, name, push_name)
    select j.account_id, j.jid, p.name, p.push_name from only_contacts x
      join chat_jids j on j.chat_id = x.chat_id join customers p on p.id = x.customer_id
    where (p.name is not null or p.push_name is not null) and x.chat_id not in (select chat_id from own_chats)`,
  // Notes to oneself stay in their chat, which belongs to no customer and appears in no list.
  `update chats set own = 1, customer_id = null where id in (select chat_id from own_chats)`,
  `update messages set conversation_id = null where chat_id in (select chat_id from own_chats)`,
  `delete from conversations where chat_id in (select chat_id from own_chats)
    or customer_id in (select customer_id from own_customers)`,
  ...['appointments', 'tickets', 'leads'].map(
    (table) => `delete from ${table} where customer_id in (select customer_id from own_customers)`,
  ),
  `delete from merged_ids where kind = 'chat' and new_id in (select chat_id from only_contacts)`,
  `delete from merged_ids where kind = 'customer' and (new_id in (select customer_id from only_contacts)
    or new_id in (select customer_id from own_customers))`,
  `delete from chat_jids where chat_id in (select chat_id from only_contacts)`,
  `delete from chats where id in (select chat_id from only_contacts)`,
  `delete from customers where id in (select customer_id from only_contacts)
    or id in (select customer_id from own_customers)`,
  `update accounts set
    chat_count = (select count(*) from chats where account_id = accounts.id and own = 0)`,
  ...['only_contacts', 'own_jids', 'own_chats', 'own_customers'].map((table) => `drop table ${table}`),
]

/** Removes customers that were only contacts, and the business itself. */
export const contacts: Migration = {
  about: 'names of the address book without chats; no chat or customer for the business itself',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}

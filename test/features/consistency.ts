import { sql } from 'kysely'
import type { Store } from '../../src/db/store.ts'

/** Statements of which each finds what contradicts the rows: nothing, in a sound store. */
const contradictions: Record<string, string> = {
  'chats that count wrong': `select id from chats c
    where message_count <> (select count(*) from messages where chat_id = c.id)`,
  'chats that do not show their newest message': `select id from chats c
    where last_message_at is not (select max(sent_at) from messages where chat_id = c.id)`,
  'chats that show a message of another chat': `select c.id from chats c join messages m on m.id = c.last_message_id
    where m.chat_id <> c.id`,
  'chats that show a message that is gone': `select id from chats
    where last_message_id is not null and last_message_id not in (select id from messages)`,
  'chats without an address': `select id from chats where id not in (select chat_id from chat_jids)`,
  'chats that are not found by what they show': `select id from chats c
    where not exists (select 1 from chat_jids j where j.chat_id = c.id and j.jid = c.jid)`,
  'persons without a customer': `select id from chats
    where kind = 'person' and own = 0 and (customer_id is null or customer_id not in (select id from customers))`,
  'customers with two chats': `select customer_id from chats where customer_id is not null group by customer_id having count(*) > 1`,
  'customers that are somebody else than their chat': `select c.id from chats c join customers p on p.id = c.customer_id
    where c.lid is not p.lid or c.phone is not p.phone`,
  'conversations that count wrong': `select id from conversations c
    where message_count <> (select count(*) from messages where conversation_id = c.id)`,
  'conversations of another chat’s customer': `select v.id from conversations v join chats c on c.id = v.chat_id
    where v.customer_id <> c.customer_id`,
  'messages in a conversation of another chat': `select m.id from messages m join conversations v on v.id = m.conversation_id
    where v.chat_id <> m.chat_id`,
  'customers that count wrong': `select id from customers c
    where conversation_count <> (select count(*) from conversations where customer_id = c.id)`,
  'customers that are not found': `select id from customers where id not in (select rowid from customer_search)`,
  'outbox rows of another chat': `select o.message_id from outbox o join messages m on m.id = o.message_id where m.chat_id <> o.chat_id`,
  'accounts that count wrong': `select id from accounts a
    where chat_count <> (select count(*) from chats where account_id = a.id and own = 0)
      or customer_count <> (select count(*) from customers where account_id = a.id)
      or in_progress_count <> (select count(*) from conversations where account_id = a.id and status = 'in_progress')
      or resolved_count <> (select count(*) from conversations where account_id = a.id and status = 'resolved')
      or pending_count <> (select count(*) from conversations where account_id = a.id and status = 'pending')`,
  'gaps in the log': `select account_id from events group by account_id having max(seq) - min(seq) + 1 <> count(*)`,
  'merged ids that lead nowhere': `select old_id from merged_ids where
    (kind = 'chat' and new_id not in (select id from chats)) or (kind = 'customer' and new_id not in (select id from customers))
    or (kind = 'conversation' and new_id not in (select id from conversations))
    or (kind = 'message' and new_id not in (select id from messages))`,
}

/** Lists the contradictions in a store; empty if every counter and reference is right. */
export async function contradictionsIn(store: Store): Promise<string[]> {
  const found: string[] = []
  for (const [what, statement] of Object.entries(contradictions)) {
    const { rows } = await sql.raw(statement).execute(store.read)
    if (rows.length > 0) found.push(`${what}: ${JSON.stringify(rows)}`)
  }
  return found
}

import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

const statements = [
  `drop index messages_account_id_wa_id_chat_id_direction`,
  `create unique index messages_writer
    on messages(account_id, wa_id, chat_id, direction, ifnull(participant, ''))`,
  // Times far in the future kept such messages the newest of their chats: they get the time of their arrival.
  `update messages set sent_at = created_at
    where sent_at > (cast(strftime('%s', 'now') as integer) + 86400) * 1000 and sent_at > created_at + 86400000`,
  `update chats set (last_message_id, last_message_at, last_text, last_direction) = (
      select m.id, m.sent_at,
        iif(m.text = '', '[' || m.kind || ']', m.text), m.direction
      from messages m where m.chat_id = chats.id and m.kind not in ('reaction', 'edit', 'delete')
      order by m.sent_at desc, m.id desc limit 1)
    where last_message_at > (cast(strftime('%s', 'now') as integer) + 86400) * 1000`,
]

/** Allows two group members to use one message id, and no message times in the future. */
export const messageWriters: Migration = {
  about: 'the unique name of a message has its writer; stamps of the future become the moment of arrival',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}

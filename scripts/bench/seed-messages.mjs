// Fills a data folder with chats, customers, conversations and messages, as fast as SQLite takes them: the rows are those
// that the daemon would have written, with every counter and index.
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { indexSome } from '../../dist/features/messages/queries/message-search.js'
import { Store } from '../../dist/db/store.js'

const dayMs = 86_400_000
const firstNames = ['Juan', 'María', 'Lucía', 'João', 'Ángel', 'Zoë', 'Jürgen', 'Noemí', 'Iñaki', 'Chloé']
const lastNames = [
  'Pérez',
  'García',
  'Fernández',
  'Núñez',
  'Muñoz',
  'Gonçalves',
  'Müller',
  'Ibáñez',
  'López',
  'Díaz',
]
const lines = [
  'Hola, ¿tenéis hueco mañana por la tarde?',
  'Sí, a las 16 h o a las 17:30 h.',
  'Perfecto, a las 17:30 h entonces. Gracias.',
  '¿Cuánto cuesta un corte con lavado?',
]

/**
 * Adds `chats` chats with `messages` messages in all to account 1, which is left as linked: the same number in each chat, or
 * `perChat` in each of the first ones and none in the others. Indexes them in large pieces; only the last of them in those in
 * which the daemon does it. Returns how many a second these were.
 */
export async function seedMessages(
  folder,
  { messages, chats, perChat = Math.ceil(messages / chats), textOf = (m) => lines[m % 4] },
) {
  const store = await Store.open(folder)
  await store.write(async (trx) => {
    const found = await trx.selectFrom('accounts').select('id').executeTakeFirst()
    if (found) return
    const account = { network: 'whatsapp', name: 'Bench', status: 'connected', phone: '5491138620812' }
    await trx
      .insertInto('accounts')
      .values({ ...account, created_at: Date.now() })
      .execute()
  })
  await store.close()
  const db = new Sqlite(join(folder, 'zaguan.db'))
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = OFF')
  db.pragma('cache_size = -200000')
  fill(db, { messages, chats, perChat, textOf })
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  return { indexedPerSecond: await indexAll(folder, messages) }
}

const large = 20_000
const small = { size: 200, count: 50 }

async function indexAll(folder, messages) {
  const store = await Store.open(folder)
  const index = (size) => store.writeLazily((trx) => indexSome(trx, size))
  for (let left = messages - small.size * small.count; left > 0; left -= large)
    await index(Math.min(left, large))
  const began = performance.now()
  let done = 0
  for (let count; (count = await index(small.size)) > 0; done += count);
  const seconds = (performance.now() - began) / 1000
  await store.close()
  return done / seconds
}

function fill(db, { messages, chats, perChat, textOf }) {
  const now = Date.now()
  const inserts = {
    customer: db.prepare(
      `insert into customers(account_id, push_name, phone, last_message_at, conversation_count, created_at, updated_at, search_text)
       values (1, @name, @phone, @last, @conversations, @at, @at, @words)`,
    ),
    search: db.prepare('insert into customer_search(rowid, account, words) values (?, ?, ?)'),
    chat: db.prepare(
      `insert into chats(account_id, kind, jid, phone, customer_id, last_message_at, last_text, last_direction, message_count, confirmed, created_at)
       values (1, 'person', @jid, @phone, @customer, @last, @text, @direction, @per, 1, @at)`,
    ),
    jid: db.prepare('insert into chat_jids(account_id, jid, chat_id) values (1, ?, ?)'),
    conversation: db.prepare(
      `insert into conversations(account_id, chat_id, customer_id, status, message_count, created_at, updated_at)
       values (1, @chat, @customer, 'in_progress', @per, @at, @last)`,
    ),
    message: db.prepare(
      `insert into messages(account_id, chat_id, conversation_id, wa_id, direction, author, kind, text, status, origin, sent_at, created_at)
       values (1, @chat, @conversation, @wa, @direction, @author, 'text', @text, @status, 'live', @at, @at)`,
    ),
  }
  const addChat = db.transaction((from, to) => {
    for (let n = from; n < to; n++) {
      const per = Math.min(perChat, messages - n * perChat)
      addOne(inserts, { n, per: Math.max(0, per), textOf, last: now - (n * dayMs * 90) / chats })
    }
  })
  for (let n = 0; n < chats; n += 200) addChat(n, Math.min(chats, n + 200))
  db.prepare('update accounts set chat_count = chat_count + ? where id = 1').run(chats)
}

function addOne(inserts, { n, per, textOf, last }) {
  const name = `${firstNames[n % 10]} ${lastNames[Math.floor(n / 10) % 10]} ${n}`
  const phone = `54911${String(40_000_000 + n)}`
  const at = Math.floor(last - per * 60_000)
  const words = `${name}\n${phone}`.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const end = per === 0 ? null : Math.floor(last)
  const customer = inserts.customer.run({
    name,
    phone,
    last: end,
    conversations: per === 0 ? 0 : 1,
    at,
    words,
  }).lastInsertRowid
  inserts.search.run(customer, '#1#', words)
  const jid = `${phone}@s.whatsapp.net`
  const chat = inserts.chat.run({
    jid,
    phone,
    customer,
    last: end,
    text: per === 0 ? null : textOf(per - 1),
    direction: per === 0 ? null : per % 2 === 0 ? 'outgoing' : 'incoming',
    per,
    at,
  }).lastInsertRowid
  inserts.jid.run(jid, chat)
  if (per === 0) return
  const conversation = inserts.conversation.run({ chat, customer, per, at, last: end }).lastInsertRowid
  for (let m = 0; m < per; m++) {
    const isOurs = m % 2 === 1
    inserts.message.run({
      chat,
      conversation,
      wa: `B${n}.${m}`,
      direction: isOurs ? 'outgoing' : 'incoming',
      author: isOurs ? 'operator' : 'customer',
      text: textOf(m),
      status: isOurs ? 'read' : 'received',
      at: at + m * 60_000,
    })
  }
}

// A long queue beside a short one: choosing the next message, the memory for it, and how fast a send is answered.
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Sqlite from 'better-sqlite3'
import { carefulRules } from '../../dist/features/sending/rules/pacing.js'
import { Pacer } from '../../dist/features/sending/queue/pacer.js'
import { Store } from '../../dist/db/store.js'
import { call, end, load, median, quantile, round, startDaemon, temporaryFolder, usage } from './lib.mjs'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/** Returns the heap in use after a garbage collection, in MiB. */
function heap() {
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** A folder in which that many messages wait, for so many strangers. */
async function queued(count, people = count) {
  const folder = temporaryFolder()
  await (await Store.open(folder)).close()
  const db = new Sqlite(join(folder, 'zaguan.db'))
  db.pragma('synchronous = OFF')
  const now = Date.now()
  db.prepare(
    `insert into accounts(id, network, name, status, phone, created_at, linked_at)
     values (1, 'whatsapp', 'Bench', 'connected', '5491138620812', 0, 0)`,
  ).run()
  const chat = db.prepare(
    `insert into chats(id, account_id, kind, jid, phone, message_count, created_at) values (?, 1, 'person', ?, ?, 1, ?)`,
  )
  const message = db.prepare(
    `insert into messages(id, account_id, chat_id, wa_id, direction, author, kind, text, status, origin, sent_at, created_at)
     values (?, 1, ?, ?, 'outgoing', 'api', 'text', 'hola', 'queued', 'api', ?, ?)`,
  )
  const row = db.prepare(
    `insert into outbox(message_id, account_id, chat_id, due_at, expires_at, send_class, head) values (?, 1, ?, ?, ?, 2, ?)`,
  )
  db.transaction(() => {
    for (let n = 1; n <= count; n++) {
      const chatId = ((n - 1) % people) + 1
      const phone = `54911${50_000_000 + n}`
      if (n <= people) chat.run(chatId, `${phone}@s.whatsapp.net`, phone, now)
      message.run(n, chatId, `Q${n}`, now, now)
      row.run(n, chatId, now, now + 30 * 86_400_000, n <= people ? 1 : 0)
    }
  })()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  return folder
}

async function choosing(folder) {
  const before = heap()
  const store = await Store.open(folder)
  const rules = { ...carefulRules, classes: { ...carefulRules.classes } }
  rules.classes.cold = { ...rules.classes.cold, hours: null }
  const clock = { now: () => new Date() }
  const pacer = new Pacer({ store, clock, rules, zone: 'UTC' })
  const times = []
  for (let n = 0; n < 300; n++) {
    const at = performance.now()
    const { messages } = await pacer.choose(1, new Set())
    if (messages.length !== 1) throw new Error('one message was to be chosen')
    times.push(performance.now() - at)
  }
  const grownMiB = heap() - before
  await store.close()
  return { times, grownMiB }
}

async function answering(folder) {
  const nowhere = { url: 'ws://127.0.0.1:9', rootKey: Buffer.alloc(32).toString('base64') }
  const { child, base } = await startDaemon(nowhere, folder, { ZAGUAN_SEND__PACING: 'careful' })
  const body = (n) => ({ to: `54911${40_000_000 + n}`, message: `bench ${n}` })
  const send = (n) => call(base, '/api/v1/send', { method: 'POST', body: body(n) })
  const first = await send(0)
  if (first.status !== 200) throw new Error(JSON.stringify(first.body))
  const result = await load(send, { callers: 10, count: 500 })
  const list = await load(() => call(base, '/api/v1/outbox'), { callers: 1, count: 50 })
  const { rssMiB } = usage(child.pid)
  await end(child)
  return { ...result, rssMiB, listMs: list.p50 }
}

export async function sending() {
  const [few, lots] = [await queued(1000), await queued(100_000)]
  // A warm-up: modules are loaded and queries prepared once.
  await choosing(few)
  const [chosenFew, chosenLots] = [await choosing(few), await choosing(lots)]
  const inTen = await choosing(await queued(100_000, 10))
  const [empty, full] = [await answering(await queued(0)), await answering(lots)]
  const row = (figure, ours, beside, aim) => ({
    figure,
    ours: round(ours, 2),
    beside: round(beside, 2),
    ratio: round(ours / beside, 2),
    aim,
  })
  return [
    row(
      'choosing of 100,000 beside 1,000, p50 ms',
      median(chosenLots.times),
      median(chosenFew.times),
      '< 2 ms',
    ),
    row('the same, p99 ms', quantile(chosenLots.times, 0.99), quantile(chosenFew.times, 0.99), ''),
    row('the same with ten people, p50 ms', median(inTen.times), median(chosenFew.times), '< 2 ms'),
    row('memory it takes, MiB', chosenLots.grownMiB, chosenFew.grownMiB, '+ 1 MiB at most'),
    row('answer to a send, 100,000 waiting beside none, p50 ms', full.p50, empty.p50, '<= 1.2'),
    row('sends per second', full.perSecond, empty.perSecond, '>= 0.8'),
    row('a page of the outbox, p50 ms', full.listMs, empty.listMs, ''),
    row('RSS of the daemon, MiB', full.rssMiB, empty.rssMiB, '<= 1.1'),
  ]
}

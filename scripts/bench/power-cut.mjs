// Counts acknowledged messages and webhooks that are lost in power cuts under traffic both ways.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import {
  account,
  call,
  connected,
  end,
  link,
  pause,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
} from './lib.mjs'
import { allReceived, sendSurely } from './clients.mjs'
import { lossyDisk } from './lossy-disk.mjs'
import { createHook, env as toReceiver, startReceiver } from './receiver.mjs'

const customers = Array.from({ length: 8 }, (_, n) => `54911555800${String(n).padStart(2, '0')}`)
const short = process.argv.includes('--short')
const cuts = short ? 10 : 200
/** A flush takes this long, so that many a cut finds one under way, ... */
const flushMs = 4
/** ... and of a hundred writes, so many reach the disk before it. */
const early = 30
const inPerSecond = 60
const senders = 3

/** A gateway on a disk that loses power, and everything that it acknowledged to anybody. */
class Shop {
  disk = lossyDisk({ flushMs, cuts: true, early })
  folder = temporaryFolder()
  /** Messages by the id that `POST /send` answered. */
  answered = new Map()
  /** Texts that came in a webhook, by the id of the event. */
  hooked = new Map()
  contradictions = []
  sent = 0
  done = false

  async start() {
    this.network = await startSandbox()
    for (const number of customers)
      await this.network.control.createCustomer(number, { name: `P ${number.slice(-2)}` })
    await this.up()
    await link(this.base, this.network.control)
    this.receiver = await startReceiver((body, _, headers) => this.hear(body, headers['webhook-id']))
    await createHook(this.base, this.receiver.url, ['message.received', 'message.sent'])
  }

  async up() {
    const { base, child } = await startDaemon(this.network, this.folder, { ...toReceiver, ...this.disk.env })
    Object.assign(this, { base, child })
  }

  /** An event is the same whenever it comes: a number that a cut took back must not be used for another one. */
  hear(body, id) {
    const { event, data } = JSON.parse(body)
    const what = `${event} ${data.content}`
    const before = this.hooked.get(id)
    if (before !== undefined && before !== what) this.contradictions.push(`${id}: ${before}, then ${what}`)
    this.hooked.set(id, what)
  }

  async cutPower() {
    await end(this.child, 'SIGKILL')
    this.disk.cut(this.folder)
    // Looked at in a copy, since a connection that closes moves the log into the database.
    const copy = temporaryFolder()
    this.disk.cut(copy)
    for (const name of ['zaguan.db', 'sessions.db']) {
      const db = new Sqlite(join(copy, name))
      const found = db.pragma('integrity_check', { simple: true })
      db.close()
      rmSync(join(copy, name))
      if (found !== 'ok') throw new Error(`${name} is damaged: ${String(found)}`)
    }
    await this.up()
  }

  async sendOn() {
    while (!this.done) {
      const n = this.sent++
      const text = `out ${n}`
      this.answered.set(await sendSurely(this, customers[n % customers.length], text, 30), text)
    }
  }

  /** All that comes to the customers' phones, also twice. */
  async arrived() {
    const all = []
    for (const number of customers) all.push(...(await allReceived(this.network.control, number)))
    return all
  }
}

const countOf = (texts) => {
  const counts = new Map()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

/** The texts of all chats, by direction. */
async function storedTexts(shop) {
  const db = new Sqlite(join(shop.folder, 'zaguan.db'), { readonly: true })
  const rows = db.prepare('select id, direction, text, status, kind from messages').all()
  const events = db.prepare('select id, seq from events order by seq').all()
  const pending = db
    .prepare("select count(*) from webhook_deliveries where state <> 'delivered'")
    .pluck()
    .get()
  db.close()
  return { rows, events, pending }
}

async function judge(shop, inbound) {
  const { rows, events } = await storedTexts(shop)
  const incoming = countOf(rows.filter(({ direction }) => direction === 'incoming').map(({ text }) => text))
  const outgoing = new Map(
    rows.filter(({ direction }) => direction === 'outgoing').map((row) => [row.id, row]),
  )
  const wanted = Array.from({ length: inbound }, (_, n) => `in ${n + 1}`)
  const phones = await shop.arrived()
  // A phone hides what comes twice under one id; one text under two ids is a second message.
  const shown = countOf(phones.filter(({ duplicate }) => !duplicate).map(({ text }) => text))
  const told = new Set(shop.hooked.values())
  const known = new Set(events.map(({ id }) => id))
  return {
    'incoming lost': wanted.filter((text) => !incoming.has(text)).length,
    'incoming doubled': [...incoming.values()].filter((count) => count > 1).length,
    unreadable: rows.filter(({ kind }) => kind === 'undecryptable').length,
    'answered sends lost': [...shop.answered].filter(([id, text]) => outgoing.get(id)?.text !== text).length,
    'answered sends that no phone has': [...shop.answered.values()].filter((text) => !shown.has(text)).length,
    'sent twice': [...shown.values()].filter((count) => count > 1).length,
    'unreadable to phones': phones.filter(({ text }) => text === null || text === undefined).length,
    'webhooks missing': wanted.filter((text) => !told.has(`message.received ${text}`)).length,
    'webhooks of what is gone': [...shop.hooked.keys()].filter((id) => !known.has(id)).length,
    'events that became others': shop.contradictions.length,
    'gaps in the log': events.filter(({ seq }, index) => seq !== events[0].seq + index).length,
  }
}

/** Traffic both ways while the power is cut at random instants. */
export async function powerCut() {
  const shop = new Shop()
  await shop.start()
  const { control } = shop.network
  const job = await control.bulk({
    account,
    customers,
    count: cuts * inPerSecond,
    rate: inPerSecond,
    text: 'in {n}',
  })
  const sending = Array.from({ length: senders }, () => shop.sendOn())
  for (let n = 0; n < cuts; n++) {
    await until('it is connected', async () => {
      const answer = await call(shop.base, '/api/v1/status').catch(() => undefined)
      return answer?.body.connected
    })
    await pause(50 + Math.random() * (short ? 500 : 900))
    await shop.cutPower()
    if (!short && n % 20 === 19) process.stderr.write(`${n + 1} cuts\n`)
  }
  shop.done = true
  await control.stopBulk(job.id)
  await Promise.all(sending)
  const inbound = (await control.bulkProgress(job.id)).sent
  await connected(shop.base)
  await until(
    'everything has settled',
    async () => {
      const { rows, pending } = await storedTexts(shop)
      const waiting = rows.some(({ status }) => status === 'queued')
      const taken = new Set(rows.map(({ text }) => text)).size
      return !waiting && pending === 0 && taken >= inbound + shop.answered.size
    },
    120_000,
  ).catch((error) => process.stderr.write(`${error.message}\n`))
  const faults = await judge(shop, inbound)
  await end(shop.child)
  await shop.receiver.stop()
  const sum = Object.values(faults).reduce((total, count) => total + count, 0)
  process.stdout.write(`${cuts} power cuts, ${inbound} in, ${shop.answered.size} out: ${sum} faults\n`)
  for (const line of shop.contradictions.slice(0, 5)) process.stderr.write(`${line}\n`)
  if (sum > 0) process.exitCode = 1
  return [{ figure: `${cuts} cuts, ${inbound} in, ${shop.answered.size} out`, ...faults }]
}

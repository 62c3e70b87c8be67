// Search over a million messages in 5,000 chats: how long the index takes to be made, how large it is, and how long questions of
// different kinds take.
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { call, end, load, median, round, startDaemon, temporaryFolder } from './lib.mjs'
import { seedMessages } from './seed-messages.mjs'

const chats = 5000
const nowhere = { url: 'ws://127.0.0.1:9/ws', rootKey: 'a'.repeat(64) }
const jid = (n) => `54911${40_000_000 + (n % chats)}@s.whatsapp.net`
const syllables = [
  'ca',
  'fé',
  'tur',
  'no',
  'ma',
  'ña',
  'pre',
  'cio',
  'ta',
  'le',
  'ra',
  'mi',
  'so',
  'güe',
  'bri',
  'lu',
]

/** Twenty thousand words, of which the first are in most texts and the last in hardly any, as in every language. */
const words = Array.from({ length: 20_000 }, (_, n) => {
  let word = ''
  for (let rest = n + 17; rest > 0; rest = Math.floor(rest / 16)) word += syllables[rest % 16]
  return word
})

let state = 12345
const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648
const anyWord = () => words[Math.floor(words.length * random() ** 4)]
const textOf = () => Array.from({ length: 3 + Math.floor(random() * 10) }, anyWord).join(' ')

const rare = (n) => words[15_000 + ((n * 37) % 5000)]
const common = (n) => words[(n * 7) % 20]
const q = (text, more = '') => `/api/v1/search?q=${encodeURIComponent(text)}${more}`
const day = (n) => new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10)

const questions = {
  'a rare word': (n) => q(`${rare(n)} `),
  'a common word': (n) => q(`${common(n)} `),
  'two common words': (n) => q(`${common(n)} ${common(n + 3)} `),
  'a common and a rare word': (n) => q(`${common(n)} ${rare(n)} `),
  'the begin of a word': (n) => q(rare(n).slice(0, 3 + (n % 3))),
  'two letters': (n) => q(common(n).slice(0, 2)),
  'words that stand together': (n) => q(`"${common(n)} ${common(n + 1)}"`),
  'in one chat': (n) => q(`${common(n)} `, `&jid=${jid(n * 13)}`),
  'received, in one week': (n) =>
    q(common(n), `&direction=incoming&from=${day(60 + (n % 20))}&to=${day(53 + (n % 20))}`),
  'images, of which there are none': (n) => q(common(n), '&kind=image'),
}

async function measure(base, paths, count) {
  const figures = {}
  for (const [name, path] of Object.entries(paths)) {
    const ask = async (n) => {
      const { status } = await call(base, path(n))
      if (status !== 200) throw new Error(`${path(n)} was answered with ${status}`)
    }
    await load(ask, { callers: 1, count: 20 })
    const rounds = []
    for (let n = 0; n < 3; n++) rounds.push(await load(ask, { callers: 1, count }))
    figures[name] = { p50: median(rounds.map((r) => r.p50)), p99: median(rounds.map((r) => r.p99)) }
  }
  return figures
}

async function withDaemon(messages, act) {
  const folder = temporaryFolder()
  const { indexedPerSecond } = await seedMessages(folder, { messages, chats, textOf })
  const { child, base } = await startDaemon(nowhere, folder)
  try {
    return await act(base, { folder, indexedPerSecond })
  } finally {
    await end(child)
  }
}

function sizes(folder) {
  const db = new Sqlite(join(folder, 'zaguan.db'), { readonly: true })
  const mib = (where) =>
    db.prepare(`select sum(pgsize) as n from dbstat where aggregate = true and ${where}`).get().n / 2 ** 20
  const found = { index: mib("name like 'message_search%'"), all: mib('true') }
  db.close()
  return found
}

export async function search({ most = process.argv.includes('--short') ? 100_000 : 1_000_000 } = {}) {
  return withDaemon(most, async (base, { folder, indexedPerSecond }) => {
    const found = await measure(base, questions, 200)
    const { index, all } = sizes(folder)
    return [
      { figure: 'messages', ours: most },
      { figure: 'indexed per second', ours: round(indexedPerSecond, 0) },
      { figure: 'index, MiB', ours: round(index) },
      { figure: 'database with it, MiB', ours: round(all) },
      ...Object.entries(found).map(([name, { p50, p99 }]) => ({
        figure: `search, ${name}: p50, p99 ms`,
        ours: round(p50),
        p99: round(p99),
        aim: 'p99 < 50',
      })),
    ]
  })
}

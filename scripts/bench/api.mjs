// The API with a thousand and with a million messages in 5,000 chats, beside a bare Koa server that parses and answers
// bodies of the same size. The account has no connection, so that sending itself does not compete with the answers.
import { call, end, firstLine, load, median, round, run, startDaemon, temporaryFolder } from './lib.mjs'
import { seedMessages } from './seed-messages.mjs'

const bareKoa = new URL('./bare-koa.mjs', import.meta.url).pathname
const chats = 5000
const nowhere = { url: 'ws://127.0.0.1:9/ws', rootKey: 'a'.repeat(64) }
const jid = (n) => `54911${40_000_000 + (n % chats)}@s.whatsapp.net`

const requests = {
  'GET /status': { path: () => '/api/v1/status' },
  'GET /chats': { path: () => '/api/v1/chats' },
  'GET /chats/:jid/messages': { path: (n) => `/api/v1/chats/${jid(n * 7)}/messages` },
  'GET /conversations': { path: () => '/api/v1/conversations' },
  'GET /customers?search=': { path: (n) => `/api/v1/customers?search=${n % chats}&limit=20` },
  'POST /send': {
    path: () => '/api/v1/send',
    method: 'POST',
    body: (n) => ({ to: jid(n), message: 'bench of the API' }),
    aim: 0.25,
  },
}

/** Rate and p99 of every request against one server. */
async function measure(base, { count, at }) {
  const results = {}
  for (const [name, { path, method = 'GET', body }] of Object.entries(requests)) {
    const rounds = []
    for (let n = 0; n < 3; n++) {
      const callOnce = (i) => call(base, at(name, path, i), { method, ...(body && { body: body(i) }) })
      rounds.push(await load(callOnce, { callers: 20, count: method === 'POST' ? count / 4 : count }))
    }
    results[name] = {
      perSecond: median(rounds.map((r) => r.perSecond)),
      p99: median(rounds.map((r) => r.p99)),
    }
  }
  return results
}

async function withDaemon(messages, act) {
  const folder = temporaryFolder()
  await seedMessages(folder, { messages, chats })
  const { child, base } = await startDaemon(nowhere, folder)
  try {
    return await act(base)
  } finally {
    await end(child)
  }
}

export async function api({ count = 2000, most = 1_000_000 } = {}) {
  const samples = {}
  const few = await withDaemon(1000, async (base) => {
    for (const [name, { path, method = 'GET', body }] of Object.entries(requests)) {
      const { status, body: answer } = await call(base, path(1), { method, ...(body && { body: body(1) }) })
      if (status !== 200) throw new Error(`${name} was answered with ${status}`)
      samples[`/${Object.keys(samples).length}`] = { name, answer }
    }
    return measure(base, { count, at: (_name, path, i) => path(i) })
  })
  const many = await withDaemon(most, (base) => measure(base, { count, at: (_name, path, i) => path(i) }))
  const paths = Object.fromEntries(Object.entries(samples).map(([path, { name }]) => [name, path]))
  const answers = Object.fromEntries(Object.entries(samples).map(([path, { answer }]) => [path, answer]))
  const koa = run([bareKoa, JSON.stringify(answers)])
  const koaBase = `http://127.0.0.1:${await firstLine(koa)}`
  const bare = await measure(koaBase, { count, at: (name) => paths[name] })
  await end(koa)
  return Object.entries(requests).map(([name, { aim = 0.5 }]) => ({
    figure: `${name} per second`,
    ours: round(few[name].perSecond),
    million: round(many[name].perSecond),
    beside: round(bare[name].perSecond),
    ratio: round(few[name].perSecond / bare[name].perSecond, 2),
    slower: round(1 - many[name].perSecond / few[name].perSecond, 2),
    p99: round(few[name].p99),
    p99Million: round(many[name].p99),
    p99Beside: round(bare[name].p99),
    aim: `>= ${aim}, slower <= 0.2`,
  }))
}

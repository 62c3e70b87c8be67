// The API with a thousand and with a million messages in 5,000 chats, beside a bare Koa server that parses a body and answers
// with one of the same size. The three take turns within each round, so that a machine that is busy is so for all of them.
// The account has no connection, so that sending itself does not compete with the answers.
import { call, end, firstLine, median, round, run, startDaemon, temporaryFolder, usage } from './lib.mjs'
import { drive, requestText } from './raw-client.mjs'
import { seedMessages } from './seed-messages.mjs'

const bareKoa = new URL('./bare/koa.mjs', import.meta.url).pathname
const isShort = process.argv.includes('--short')
const chats = 5000
const nowhere = { url: 'ws://127.0.0.1:9/ws', rootKey: 'a'.repeat(64) }
/** A thousand messages fill so many chats with pages of the same length as a million do. */
const perChat = 20
const fullChats = 1000 / perChat
const everyChat = 'GET /chats/:jid/messages of every chat'
const phone = (n) => `54911${40_000_000 + n}`
const transcriptPath = (chat) => `/api/v1/chats/${phone(chat)}@s.whatsapp.net/messages?limit=${perChat}`

const requests = {
  'GET /status': () => ({ path: '/api/v1/status' }),
  'GET /chats': () => ({ path: '/api/v1/chats' }),
  'GET /chats/:jid/messages': (n) => ({ path: transcriptPath(n % fullChats) }),
  // Too many to be remembered: what it takes to read them.
  [everyChat]: (n) => ({ path: transcriptPath((n * 7) % chats) }),
  'GET /conversations': () => ({ path: '/api/v1/conversations' }),
  'GET /customers?search=': (n) => ({ path: `/api/v1/customers?search=${n % chats}&limit=20` }),
  // Neither these words nor this length of the page were asked for before.
  'GET /customers?search= of something new': (n) => ({
    path: `/api/v1/customers?search=${n % chats}&limit=${21 + Math.floor(n / chats)}`,
  }),
  'POST /send': (n) => ({
    path: '/api/v1/send',
    method: 'POST',
    body: { to: phone(n % chats), message: 'bench of the API' },
  }),
}
const names = Object.keys(requests)
const isWrite = (name) => name.startsWith('POST')

async function seededDaemon(fill) {
  const folder = temporaryFolder()
  await seedMessages(folder, { chats, ...fill })
  // Otherwise the daemon would resolve idle conversations during the first rounds.
  const { child, base } = await startDaemon(nowhere, folder, {
    ZAGUAN_CONVERSATIONS__RESOLVE_AFTER_HOURS: 'null',
  })
  return { child, base, requestOf: (name, n) => requests[name](n) }
}

/** Answers each kind of request as the daemon does, at a path of its own. */
async function bareServer(daemon) {
  const answers = {}
  for (const [index, name] of names.entries()) {
    const { path, ...request } = requests[name](1)
    const { status, body } = await call(daemon.base, path, request)
    if (status !== 200) throw new Error(`${name} was answered with ${status}`)
    answers[`/${index}`] = body
  }
  const child = run([bareKoa, JSON.stringify(answers)])
  const base = `http://127.0.0.1:${await firstLine(child)}`
  const requestOf = (name, n) => ({ ...requests[name](n), path: `/${names.indexOf(name)}` })
  return { child, base, requestOf }
}

/** One turn of one server, with the processor time that it took for each request. */
async function turn(server, name, { count, from }) {
  const { child, base, requestOf } = server
  const before = usage(child.pid).cpuMs
  const rate = await drive(base, { count, textOf: (n) => requestText(base, requestOf(name, from + n)) })
  return { ...rate, cpuMicros: ((usage(child.pid).cpuMs - before) * 1000) / count }
}

async function measure(servers, name, { count, rounds }) {
  const turns = Object.fromEntries(Object.keys(servers).map((who) => [who, []]))
  // The first round does not count: a daemon that runs for months has compiled what it does.
  for (let n = 0; n <= rounds; n++) {
    for (const [who, server] of Object.entries(servers)) {
      const found = await turn(server, name, { count, from: n * count })
      if (n > 0) turns[who].push(found)
    }
  }
  return (who, figure) => median(turns[who].map((found) => found[figure]))
}

/** `count`: requests in each turn, of sends half as many. */
export async function api({
  count = isShort ? 1000 : 4000,
  rounds = isShort ? 3 : 5,
  most = isShort ? 100_000 : 1_000_000,
} = {}) {
  const few = await seededDaemon({ messages: 1000, perChat })
  const many = await seededDaemon({ messages: most })
  const bare = await bareServer(few)
  const servers = { bare, few, many }
  const figures = []
  for (const name of names) {
    const of = await measure(servers, name, { count: isWrite(name) ? count / 2 : count, rounds })
    // With a thousand messages most chats have none.
    const ours = name === everyChat ? 'many' : 'few'
    figures.push({
      figure: `${name} per second`,
      ours: round(of(ours, 'perSecond'), 0),
      million: round(of('many', 'perSecond'), 0),
      beside: round(of('bare', 'perSecond'), 0),
      ratio: round(of(ours, 'perSecond') / of('bare', 'perSecond'), 2),
      slower: round(1 - of('many', 'perSecond') / of(ours, 'perSecond'), 2),
      p99: round(of(ours, 'p99')),
      p99Million: round(of('many', 'p99')),
      p99Beside: round(of('bare', 'p99')),
      cpuMicros: round(of(ours, 'cpuMicros'), 0),
      cpuMicrosBeside: round(of('bare', 'cpuMicros'), 0),
      aim: `ratio >= ${isWrite(name) ? 0.25 : 0.5}, slower <= 0.2`,
    })
  }
  for (const { child } of Object.values(servers)) await end(child)
  return figures
}

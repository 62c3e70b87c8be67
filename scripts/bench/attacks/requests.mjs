// Single requests that cost their sender little: large bodies, deep and odd ones, long lists, and the longest answers.
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { account, filled, isShort, maxTextLength, talker } from './arena.mjs'

const send = '/api/v1/send'
const isRefused = ({ status }) => status >= 400 && status < 500

/** Asks all at once, and says that each was refused with a short answer. */
async function areRefused(arena, requests, { maxBytes = 16_384 } = {}) {
  const answers = await Promise.all(requests.map(([path, options]) => arena.ask(path, options)))
  for (const [at, answer] of answers.entries()) {
    const what = `${requests[at][1]?.method ?? 'GET'} ${requests[at][0].slice(0, 60)}`
    arena.holds(isRefused(answer), `${what} is refused (it was ${answer.status})`)
    arena.holds(
      answer.text.length <= maxBytes,
      `${what} is answered in short (it was ${answer.text.length} bytes)`,
    )
  }
  return answers
}

const unknownKeys = {
  name: 'JSON with 1 MB of unknown keys, 8 at once',
  async act(arena) {
    const body = Object.fromEntries(Array.from({ length: 90_000 }, (_, n) => [`k${n}`, n]))
    const answers = await areRefused(
      arena,
      Array.from({ length: 8 }, () => [send, { method: 'POST', body }]),
    )
    for (const { text } of answers)
      arena.holds((JSON.parse(text).error?.details ?? []).length <= 20, 'at most 20 faults are named')
  },
}

const deepJson = {
  name: 'JSON 400,000 levels deep, odd numbers and odd names',
  async act(arena) {
    const bodies = [
      '['.repeat(400_000),
      `${'{"a":'.repeat(160_000)}1${'}'.repeat(160_000)}`,
      `{"to":${'9'.repeat(900_000)},"message":"a"}`,
      '{"__proto__":{"to":"5491155520001"},"constructor":{"prototype":{"message":"a"}}}',
      `{"to":"5491155520001","message":1e99999}`,
      `"${'\\u0000'.repeat(170_000)}"`,
      `{"to":"${filled('5-', 900_000)}","message":"a"}`,
    ]
    const headers = { 'content-type': 'application/json' }
    await areRefused(
      arena,
      bodies.map((raw) => [send, { method: 'POST', raw, headers }]),
    )
  },
}

const encodings = {
  name: 'bodies under Content-Encoding that are junk, or bombs',
  async act(arena) {
    const junk = Buffer.from(filled('\u0001junk', 5000))
    const zeros = Buffer.alloc(300 * 2 ** 20)
    const packed = {
      gzip: gzipSync(zeros, { level: 1 }),
      br: brotliCompressSync(zeros, { params: { 1: 1 } }),
    }
    const cases = [
      ...['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'constructor'].map((name) => [name, junk]),
      ...Object.entries(packed).map(([name, bytes]) => [name, bytes.subarray(0, 900_000)]),
      ['gzip', packed.gzip.subarray(0, 1000)],
    ]
    const headers = (name) => ({ 'content-type': 'application/json', 'content-encoding': name })
    await areRefused(
      arena,
      cases.map(([name, raw]) => [send, { method: 'POST', raw, headers: headers(name) }]),
    )
  },
}

const queries = {
  name: 'deep query strings, repeated parameters, overlong and odd paths',
  async act(arena) {
    const deep = `a${'[b]'.repeat(2000)}=1`
    const many = Array.from({ length: 1500 }, (_, n) => `p${n}=1`).join('&')
    const repeated = 'limit=1&'.repeat(1500)
    await areRefused(arena, [
      [`/api/v1/search?q=a&${deep}`],
      [`/api/v1/search?q=a&${many}`],
      [`/api/v1/search?q=a&${repeated}`],
      [`/api/v1/events?after=1&after=2&after[]=3`],
      [`/api/v1/chats/${'%25'.repeat(2500)}/messages`],
      [`/api/v1/chats/%00%0d%0a/messages`],
      [`/api/v1/chats/%ff%fe/messages`],
      [`/${'/a'.repeat(3500)}`],
      [`/api/v1/customers/${'9'.repeat(4000)}`],
      [`/api/v1/customers/1e3`],
      ['/api/v1/chats/..%2f..%2fmetrics'],
    ])
  },
}

const templates = {
  name: 'templates with 60,000 variables',
  async act(arena) {
    const text = filled('{{a}}', 900_000)
    const own = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`v${n}`, 'x']))
    const create = (name, said) => [
      '/api/v1/templates',
      { method: 'POST', body: { name, texts: { es: said } } },
    ]
    await areRefused(arena, [
      create('long', text),
      create('nested', filled('{{a|{{b', 900_000)),
      ['/api/v1/templates/long/preview', { method: 'POST', body: { variables: own } }],
      [send, { method: 'POST', body: { to: talker.phone, template: { name: 'long', variables: own } } }],
    ])
    // The most that is taken.
    const largest = Array.from({ length: 500 }, (_, n) => `{{v${n}}}`).join('')
    const taken = await arena.ask(...create('largest', largest.slice(0, 4000)))
    arena.holds(taken.status < 500, `a long template is answered (it was ${taken.status})`)
  },
}

const catalogue = {
  name: 'a catalogue of 200,000 lines, and ones that are all quotes or commas',
  async act(arena) {
    const put = (csv) => arena.ask('/api/v1/bot/products', { method: 'PUT', body: { csv } })
    const good = await put('sku,name,price\nA1,cake,3\n')
    arena.holds(good.status === 200, 'a small one is taken')
    const line = 'x,,\n'
    const lines = `sku,name,price\n${line.repeat(200_000)}`
    const tries = [
      lines,
      filled('"', 890_000),
      filled(',', 890_000),
      `sku,name,price\n"${filled('""', 880_000)}`,
    ]
    for (const csv of tries) {
      const answer = await put(csv)
      arena.holds(isRefused(answer), `it is refused (it was ${answer.status})`)
      arena.holds(answer.text.length < 16_384, 'and answered in short')
    }
    const { text } = await arena.ask('/api/v1/bot/products')
    arena.holds(JSON.parse(text).products?.length === 1, 'the catalogue is as before')
  },
}

const longTexts = {
  name: '60 texts of 65,536 characters, then lists, search and events, 8 at once',
  async act(arena) {
    const phone = await arena.silentCustomer()
    const count = 60
    for (let n = 0; n < count; n++)
      await arena.control.sendAsCustomer(phone, account, `tarta ${n} ${filled('ñandú ', maxTextLength - 20)}`)
    const isThere = async () => {
      const [latest] = await arena.texts(phone, 1)
      return latest?.text.startsWith(`tarta ${count - 1} `)
    }
    await arena.comes('all are stored', isThere, 20_000)
    const paths = [
      `/api/v1/chats/${phone}/messages?limit=200`,
      '/api/v1/search?q=tarta&limit=100',
      '/api/v1/events?limit=500',
      '/api/v1/chats?pageSize=50',
    ]
    for (let round = 0; round < (isShort ? 1 : 4); round++) {
      const answers = await Promise.all([...paths, ...paths].map((path) => arena.ask(path)))
      for (const { status, text } of answers) {
        arena.holds(status === 200, `a list is given (it was ${status})`)
        arena.holds(text.length < 8 * 2 ** 20, `a page is bounded (it was ${text.length} bytes)`)
      }
    }
  },
}

const exports_ = {
  name: `the export of a customer with ${talker.messages} messages, 3 at once`,
  async act(arena) {
    const { text } = await arena.ask(`/api/v1/customers?search=${talker.phone}`)
    const id = JSON.parse(text).data?.[0]?.id
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => arena.ask(`/api/v1/customers/${id}/export`)),
    )
    for (const { status, text: whole } of answers) {
      arena.holds(status === 200, `it is given (it was ${status})`)
      const count = status === 200 ? countMessages(JSON.parse(whole)) : 0
      arena.holds(count === talker.messages, `it has every message (it had ${count})`)
    }
  },
}

function countMessages(exported) {
  const { messages, conversations = [] } = exported
  return Array.isArray(messages)
    ? messages.length
    : conversations.reduce((sum, each) => sum + (each.messages?.length ?? 0), 0)
}

const firstDocument = {
  name: 'the first request for the OpenAPI document, which is made then',
  async act(arena) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => arena.ask('/openapi.json', { key: '' })),
    )
    arena.holds(
      answers.every(({ status }) => status === 200),
      'it is given',
    )
  },
}

const searches = {
  name: 'searches of operators, marks and 300 words',
  async act(arena) {
    const asked = [
      '"'.repeat(300),
      'a* OR b* NOT',
      filled('a ', 600),
      filled('ñ\u0301', 500),
      '*',
      '{a}',
      'NEAR(a b)',
    ]
    for (const words of asked) {
      const { status } = await arena.ask(`/api/v1/search?q=${encodeURIComponent(words)}`)
      arena.holds(status === 200 || status === 400, `${words.slice(0, 20)} is answered (it was ${status})`)
      const found = await arena.ask(`/api/v1/customers?search=${encodeURIComponent(words)}`)
      arena.holds(found.status === 200 || found.status === 400, `customers: it was ${found.status}`)
    }
  },
}

const hostileKeys = {
  name: 'idempotency keys that are long, odd, or the same for 200 sends at once',
  async act(arena) {
    const phone = await arena.customer()
    const body = { to: phone, message: 'once' }
    const post = (value) => arena.ask(send, { method: 'POST', body, headers: { 'idempotency-key': value } })
    for (const value of ['a'.repeat(5000), ' ', '\u00e9'.repeat(10), '__proto__', '../../x'])
      arena.holds((await post(value)).status < 500, `${JSON.stringify(value.slice(0, 10))} is answered`)
    const before = (await arena.texts(phone)).length
    const answers = await Promise.all(Array.from({ length: 200 }, () => post('the-same')))
    arena.holds(
      answers.every(({ status }) => status === 200 || status === 409),
      'each is answered',
    )
    arena.holds((await arena.texts(phone)).length === before + 1, 'one message came of them')
  },
}

export const requestIdeas = [
  firstDocument,
  unknownKeys,
  deepJson,
  encodings,
  queries,
  searches,
  templates,
  catalogue,
  hostileKeys,
  longTexts,
  exports_,
]

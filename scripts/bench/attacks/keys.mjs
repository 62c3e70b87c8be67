// Keys: guessed, revoked, narrow ones that want more, and their streams.
import { account } from './arena.mjs'

/** Opens the event stream of a key. */
async function follow(arena, key) {
  const response = await fetch(`${arena.base}/api/v1/events/stream`, {
    headers: { authorization: `Bearer ${key}` },
  })
  const stream = { status: response.status, text: '', isOver: false, end: () => response.body?.cancel() }
  void (async () => {
    const decoder = new TextDecoder()
    for await (const piece of response.body) stream.text += decoder.decode(piece)
  })()
    .catch(() => undefined)
    .finally(() => (stream.isOver = true))
  return stream
}

const manyStreams = {
  name: '100 event streams of one key',
  async act(arena) {
    const { id, key } = await arena.newKey()
    const { key: other } = await arena.newKey()
    const streams = await Promise.all(Array.from({ length: 100 }, () => follow(arena, key)))
    const count = (status) => streams.filter((stream) => stream.status === status).length
    arena.holds(count(200) === 5 && count(429) === 95, `5 are opened (it were ${count(200)})`)
    arena.holds((await follow(arena, other)).status === 200, 'another key has its own')
    await arena.ask(`/api-management/keys/${id}`, { method: 'DELETE' })
    await arena.comes('they end with their key', () =>
      streams.every(({ status, isOver }) => status !== 200 || isOver),
    )
  },
}

const revoked = {
  name: 'the stream of a key that is revoked, and of one that is narrowed',
  async act(arena) {
    const phone = await arena.customer()
    const [first, second] = [await arena.newKey(), await arena.newKey()]
    const streams = await Promise.all([first, second].map(({ key }) => follow(arena, key)))
    await arena.ask(`/api-management/keys/${first.id}`, { method: 'DELETE' })
    await arena.ask(`/api-management/keys/${second.id}`, {
      method: 'PATCH',
      body: { scopes: ['read:webhooks'] },
    })
    await arena.control.sendAsCustomer(phone, account, 'not for them')
    await arena.comes('the message is here', async () => (await arena.texts(phone)).length > 0)
    await arena.comes('both ended', () => streams.every(({ isOver }) => isOver))
    arena.holds(
      !streams.some(({ text }) => text.includes('not for them')),
      'they tell nothing that came later',
    )
    arena.holds(
      (await arena.ask('/api/v1/chats', { key: first.key })).status === 401,
      'the key is worth nothing',
    )
  },
}

const guesses = {
  name: '1,000 wrong keys, and wrong links to files',
  async act(arena) {
    const guess = (n) =>
      n % 10 === 0
        ? arena.ask(`/api/v1/media/1?token=9999999999.${'a'.repeat(n % 60)}`, { key: '' })
        : arena.ask('/api/v1/chats', { key: `zg_live_${String(n).padStart(40, 'x')}` })
    const answers = []
    for (let wave = 0; wave < 20; wave++)
      answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, n) => guess(wave * 50 + n)))))
    const statuses = new Set(answers.map(({ status }) => status))
    arena.holds(
      [...statuses].every((status) => [401, 403, 404, 429].includes(status)),
      `none is let in (they were ${[...statuses].join(', ')})`,
    )
    arena.holds(answers.filter(({ status }) => status === 429).length > 800, 'guessing is slowed down')
    arena.holds((await arena.ask('/api/v1/chats')).status === 200, 'a good key passes')
  },
}

const escalation = {
  name: 'a key that gives itself more than it has',
  async act(arena) {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const { id, key } = await arena.newKey({ scopes: ['admin'], perMinute: 500, expiresAt })
    const change = (body) => arena.ask(`/api-management/keys/${id}`, { method: 'PATCH', body, key })
    const create = (body) =>
      arena.ask('/api-management/keys', { method: 'POST', body: { name: 'more', ...body }, key })
    const answers = await Promise.all([
      change({ expiresAt: null }),
      change({ perMinute: 1_000_000 }),
      change({ accountId: null }),
      create({ scopes: ['full'], accountId: null }),
      create({ scopes: ['full'], accountId: 2 }),
      create({ scopes: ['full'], accountId: 1, perMinute: 1_000_000, expiresAt }),
      create({ scopes: ['full'], accountId: 1, perMinute: 100 }),
    ])
    const given = answers.filter(({ status }) => status < 400).map(({ text }) => text.slice(0, 200))
    arena.holds(given.length === 0, `it is refused (given: ${given.join(' ')})`)
    const narrow = await arena.newKey({ scopes: ['write:webhooks', 'read:customers', 'read:conversations'] })
    const outside = [
      '/api/v1/events',
      '/api/v1/search?q=a',
      '/api-management/keys',
      '/api-management/audit',
      '/metrics',
    ]
    for (const path of outside)
      arena.holds((await arena.ask(path, { key: narrow.key })).status === 403, `${path} is not for it`)
    const { text } = await arena.ask('/api/v1/chats', { key: narrow.key })
    arena.holds(!text.includes('well '), 'lists show it no texts')
  },
}

export const keyIdeas = [manyStreams, revoked, guesses, escalation]

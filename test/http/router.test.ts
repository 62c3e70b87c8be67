import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Reply } from '../support/http-client.ts'
import { ApiDocument } from '../support/openapi-document.ts'
import type { NamedOperation } from '../support/openapi-document.ts'
import { startGateway } from '../apis/gateway.ts'
import type { Gateway } from '../apis/gateway.ts'
import { refusal } from './refusal.ts'

// No services behind the routes: a refused request never reaches one.
let gateway: Gateway
let api: ApiDocument
beforeAll(async () => {
  gateway = await startGateway({ scopes: ['admin'] })
  api = await ApiDocument.of(`http://127.0.0.1:${gateway.server.address.port}`)
})
afterAll(() => gateway.server.stop())

const own: Record<string, string> = { jid: '5491162328014', name: 'order-ready', secret: 'x'.repeat(32) }
const addressOf = (path: string) =>
  path
    .replace('accounts/{id}', 'accounts/wha_1')
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => own[name] ?? '1')
const nameOf = ({ method, path }: NamedOperation) => `${method} ${path}`
const takesJson = ({ requestBody }: NamedOperation) => requestBody?.content['application/json'] !== undefined

/** Asks each operation in the same way, and gives those that are not refused as they should be. */
async function wrongOnes(
  operations: NamedOperation[],
  ask: (operation: NamedOperation) => Promise<Reply>,
  expected: { status: number; field?: string },
): Promise<unknown[]> {
  const wrong: unknown[] = []
  for (const operation of operations) {
    const reply = await ask(operation)
    if (reply.status === expected.status) {
      // Throws where it is not the common body.
      const { details } = refusal(reply)
      if (expected.field === undefined) continue
      const found = (details ?? []).find(({ field }) => field === expected.field)
      if (found && found.message !== '') continue
    }
    wrong.push([nameOf(operation), reply.status, reply.text])
  }
  return wrong
}

const send = (operation: NamedOperation, raw: string, type = 'application/json') =>
  gateway.client.ask(addressOf(operation.path), {
    method: operation.method.toUpperCase(),
    raw,
    headers: { 'content-type': type },
  })

test('the router knows the verbs of the document at every address, and no other', async () => {
  for (const path of Object.keys(api.document.paths)) {
    const address = addressOf(path)
    // `/webhooks/events` is an address of `/webhooks/{id}`, too.
    const verbs = ['get', 'post', 'put', 'patch', 'delete'].filter((verb) => api.find(verb, address))
    const named = verbs.flatMap((verb) => (verb === 'get' ? ['GET', 'HEAD'] : [verb.toUpperCase()]))
    const { status, headers } = await gateway.client.ask(address, { method: 'OPTIONS' })
    expect([path, status, headers.get('allow')]).toEqual([path, 405, named.toSorted().join(', ')])
  }
})

test('only the operations that say so are open without a key', async () => {
  for (const operation of api.operations) {
    const ask = { method: operation.method.toUpperCase(), key: null }
    const { status } = await gateway.client.ask(addressOf(operation.path), ask)
    // Repeated calls without a key are answered with 429.
    const isRefused = status === 401 || status === 429
    expect([nameOf(operation), isRefused]).toEqual([nameOf(operation), operation.security.length > 0])
  }
})

/** The operations of the three documents are as lenient as these. */
function isDocumented({ tags, path }: NamedOperation): boolean {
  const [tag = ''] = tags
  return ['BOTON', 'Botssy', 'Botbiz', 'API keys', 'Webhooks'].includes(tag) || path === '/api/v1/status'
}

describe('every operation with a body', () => {
  const withBody = () => api.operations.filter(takesJson)

  test('refuses what is no JSON', async () => {
    expect(withBody().length).toBeGreaterThan(30)
    expect(await wrongOnes(withBody(), (one) => send(one, '{"a":'), { status: 400 })).toEqual([])
  })

  test('refuses what does not say that it is JSON', async () => {
    const [documented, own] = [
      withBody().filter(isDocumented),
      withBody().filter((one) => !isDocumented(one)),
    ]
    const ask = (one: NamedOperation) => send(one, 'a=1', 'text/plain')
    expect(await wrongOnes(documented, ask, { status: 400 })).toEqual([])
    expect(await wrongOnes(own, ask, { status: 415 })).toEqual([])
  })

  test('refuses more than 1 MB', async () => {
    const large = JSON.stringify({ a: 'x'.repeat(1024 * 1024) })
    const some = withBody().filter(
      ({ tags }, n, all) => all.findIndex((one) => one.tags[0] === tags[0]) === n,
    )
    expect(some.length).toBeGreaterThan(5)
    expect(await wrongOnes(some, (one) => send(one, large), { status: 413 })).toEqual([])
  })

  test('names a field that it does not know', async () => {
    const expected = { status: 400, field: 'body.zzz' }
    expect(await wrongOnes(withBody(), (one) => send(one, '{"zzz":1}'), expected)).toEqual([])
  })
})

test('every operation refuses a parameter of the query that it does not know, but the documented reads', async () => {
  const ask = ({ path, method, requestBody }: NamedOperation) =>
    gateway.client.ask(`${addressOf(path)}?zzz=1`, {
      method: method.toUpperCase(),
      body: requestBody?.content['application/json']?.example,
    })
  const read = api.operations.filter(
    (one) =>
      one.requestBody?.content['application/octet-stream'] === undefined &&
      !(one.method === 'get' && isDocumented(one)),
  )
  expect(await wrongOnes(read, ask, { status: 400, field: 'query.zzz' })).toEqual([])
})

test('every operation on a row says what an id looks like', async () => {
  const named = api.operations.filter(({ path }) => path.includes('{id}'))
  const ask = ({ path, method, requestBody }: NamedOperation) =>
    gateway.client.ask(path.replace('{id}', '1;--'), {
      method: method.toUpperCase(),
      body: requestBody?.content['application/json']?.example,
    })
  expect(named.length).toBeGreaterThan(40)
  expect(await wrongOnes(named, ask, { status: 400, field: 'path.id' })).toEqual([])
})

import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { requestsOf } from './fuzz.ts'
import type { FuzzedRequest } from './fuzz.ts'
import { addSecondAccount } from './second-account.ts'
import { ApiDocument } from '../support/openapi-document.ts'
import type { NamedOperation } from '../support/openapi-document.ts'
import { rowsOf } from '../support/rows/tables.ts'

const runs = Number(process.env['FUZZ_RUNS'] ?? 2000)

/** Side by side, as clients come. */
const atOnce = 8

let app: TestApp
let client: HttpClient
let api: ApiDocument
let fuzzKey: string
beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
  api = await ApiDocument.of(app.url)
  await app.inbound({ phone: '5491162328014', pushName: 'Juan' })
  await app.inbound({ phone: '34600111222', pushName: 'Ana' })
  await addSecondAccount(app, client, '5491162328014')
  const key = { name: 'fuzz', scopes: ['full', 'admin'], accountId: 2, perMinute: 1_000_000 }
  // The last one asks. The others may be changed and revoked: they have the numbers that a fuzzer comes upon.
  for (let n = 0; n < 12; n++)
    fuzzKey = ((await client.post('/api-management/keys', key)).json as { key: string }).key
})
afterAll(() => app.stop())

/** Deliveries leave the machine, and streams do not end. */
const leftOut = ({ path }: NamedOperation) => path.endsWith('/test') || path.endsWith('/stream')

/** Checks that a refusal names the field and the expected value, unless the body was unreadable. */
function checkSaid(json: unknown, what: string): void {
  const { message, error } = json as {
    message: string
    error: { details?: { field: string; message: string }[] }
  }
  if (/^(?:The body is not valid JSON|The path is not valid)/.test(message)) return
  const isSaid = error.details?.length && error.details.every((one) => one.field !== '' && one.message !== '')
  if (!isSaid) throw new Error(`400 without the field: ${message} for ${what}`)
}

async function foreignData(): Promise<unknown> {
  const db = app.store.read
  const tables = ['chats', 'customers', 'conversations', 'messages', 'settings', 'agents'] as const
  return Promise.all(
    tables.map(async (table) => (await rowsOf(db, table)).filter((row) => row.account_id === 1)),
  )
}

async function ask(request: FuzzedRequest) {
  // Nothing is sent here, so a request that waits for it would wait to the end.
  const query = new URLSearchParams(request.query.filter(([name]) => name !== 'wait')).toString()
  const headers = { ...request.headers, 'content-type': 'application/json' }
  return client.ask(`${request.path}${query === '' ? '' : `?${query}`}`, {
    method: request.method.toUpperCase(),
    key: fuzzKey,
    headers,
    ...(request.body === undefined ? {} : { raw: request.body }),
  })
}

test(`${runs} odd requests to every operation get no 5xx, get answers as the document says, and touch no other account`, async () => {
  const before = await foreignData()
  const seen = new Set<number>()
  const check = async (request: FuzzedRequest) => {
    const { status, json, headers } = await ask(request)
    seen.add(status)
    const what = `${request.method} ${request.path} ${request.body?.slice(0, 300) ?? ''}`
    // 503 is an answer: the account behind the request may not be linked.
    if (status >= 500 && status !== 503) throw new Error(`${status} for ${what}`)
    const operation = api.find(request.method, new URL(request.path, app.url).pathname)
    if (operation === undefined || headers.get('content-type')?.includes('json') !== true) return
    const fault = api.faultOf(operation, status, json)
    if (fault !== undefined) throw new Error(`${fault} for ${what}`)
    if (status === 400) checkSaid(json, what)
  }
  const several = fc.array(requestsOf(api, leftOut), { minLength: atOnce, maxLength: atOnce })
  const property = fc.asyncProperty(several, async (requests) => {
    await Promise.all(requests.map(check))
  })
  await fc.assert(property, { numRuns: Math.ceil(runs / atOnce), endOnFailure: true })
  expect([...seen]).toEqual(expect.arrayContaining([200, 400, 404]))
  expect(await foreignData()).toEqual(before)
  expect((await client.get('/api/v1/status')).status).toBe(200)
}, 600_000)

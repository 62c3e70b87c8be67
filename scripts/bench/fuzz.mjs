// Odd requests to every operation of the built daemon, twenty thousand of them, with the generator of the tests: how often
// each kind of status came, and that nothing broke. With FUZZ_RUNS another number of them.
import Database from 'better-sqlite3'
import * as fc from 'fast-check'
import { join } from 'node:path'
import { runnerImport } from 'vite'
import { account, call, link, round, startDaemon, startSandbox, temporaryFolder, until } from './lib.mjs'

const other = '34600999888'
const customers = ['5491162328014', '34600111222']
const atOnce = 8
/** The tables whose rows of account 1 nobody may touch with a key of account 2. */
const tables = ['chats', 'customers', 'conversations', 'messages', 'settings', 'agents']

/** Deliveries leave the machine, and streams do not end. */
const leftOut = ({ path }) => path.endsWith('/test') || path.endsWith('/stream')

export async function fuzz({ count = Number(process.env.FUZZ_RUNS ?? 20_000) } = {}) {
  const { requestsOf, ApiDocument } = await generator()
  const folder = temporaryFolder()
  const { child, base } = await twoAccounts(folder)
  const api = await ApiDocument.of(base)
  const fuzzKey = await keyOfSecond(base)
  const before = foreignRows(folder)
  const seen = {}
  const faults = []
  const ask = async (request) => {
    const { status, fault } = await answerTo(base, request, { api, fuzzKey })
    const kind = String(status)
    seen[kind] = (seen[kind] ?? 0) + 1
    if (fault !== undefined) faults.push(`${request.method} ${request.path}: ${fault}`)
  }
  const began = performance.now()
  const arbitrary = fc.array(requestsOf(api, leftOut), { minLength: atOnce, maxLength: atOnce })
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
  for (const requests of fc.sample(arbitrary, { numRuns: Math.ceil(count / atOnce), seed })) {
    await Promise.all(requests.map(ask))
  }
  const seconds = (performance.now() - began) / 1000
  const restarted = child.exitCode !== null || child.signalCode !== null
  const touched = foreignRows(folder) !== before
  if (restarted || touched)
    faults.push(restarted ? `it ended: ${child.output}` : 'another account was touched')
  if (faults.length > 0) {
    process.exitCode = 1
    process.stderr.write(`seed ${seed}\n${[...new Set(faults)].slice(0, 20).join('\n')}\n`)
  }
  return [
    ...Object.entries(seen).map(([kind, times]) => ({ figure: `answers ${kind}`, value: times })),
    { figure: 'faults (5xx, broken schema, restart, foreign data)', value: faults.length, aim: 0 },
    { figure: 'requests per second', value: round(count / seconds) },
  ].toSorted((a, b) => a.figure.localeCompare(b.figure))
}

/** Loads a module of the tests, which is TypeScript. */
async function generator() {
  const load = async (path) =>
    (await runnerImport(new URL(`../../test/${path}`, import.meta.url).pathname)).module
  const [{ requestsOf }, { ApiDocument }] = await Promise.all([
    load('apis/fuzz.ts'),
    load('support/openapi-document.ts'),
  ])
  return { requestsOf, ApiDocument }
}

/** A daemon with two linked accounts, to each of which the same people wrote. */
async function twoAccounts(folder) {
  const network = await startSandbox()
  const { control } = network
  const { child, base } = await startDaemon(network, folder)
  await link(base, control)
  const path = '/v1/whatsapp/accounts'
  await call(base, path, { method: 'POST', body: { phone_number: `+${other}`, name: 'Fuzzed' } })
  await control.createPhone(other, { name: 'Fuzzed' })
  const qr = await until(
    'a code',
    async () => (await call(base, `${path}/wha_2/qr-code?format=json`).catch(() => ({ body: {} }))).body.qr,
  )
  await control.scan(other, qr)
  for (const number of customers) {
    await control.createCustomer(number, { name: 'Juan' })
    for (const to of [account, other]) await control.sendAsCustomer(number, to, 'hola')
  }
  await until('all are stored', () => rowsOf(folder, 'messages', [1, 2]).length === 4)
  return { child, base }
}

/** The last of several: the others may be changed and revoked, for they have the numbers that a fuzzer comes upon. */
async function keyOfSecond(base) {
  const body = { name: 'fuzz', scopes: ['full', 'admin'], accountId: 2, perMinute: 1_000_000 }
  let key
  for (let n = 0; n < 12; n++)
    key = (await call(base, '/api-management/keys', { method: 'POST', body })).body.key
  return key
}

async function answerTo(base, request, { api, fuzzKey }) {
  const query = new URLSearchParams(request.query).toString()
  const response = await fetch(`${base}${request.path}${query === '' ? '' : `?${query}`}`, {
    method: request.method.toUpperCase(),
    headers: {
      ...request.headers,
      authorization: `Bearer ${fuzzKey}`,
      'content-type': 'application/json',
    },
    ...(request.body === undefined ? {} : { body: request.body }),
  })
  const { status, headers } = response
  const whole = await response.text()
  // 503 is an answer: the account behind the request may not be linked any more.
  if (status >= 500 && status !== 503) return { status, fault: whole }
  const text = headers.get('content-type')?.includes('json') ? whole : undefined
  const { pathname } = new URL(request.path, base)
  return { status, fault: api.faultOfAnswer(request.method, pathname, { response, text }) }
}

function rowsOf(folder, table, accounts) {
  const db = new Database(join(folder, 'zaguan.db'), { readonly: true })
  try {
    const marks = accounts.map(() => '?').join(', ')
    return db.prepare(`select * from ${table} where account_id in (${marks})`).all(...accounts)
  } finally {
    db.close()
  }
}

const foreignRows = (folder) => JSON.stringify(tables.map((table) => rowsOf(folder, table, [1])))

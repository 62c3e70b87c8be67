import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { indexSome } from '../../src/features/messages/queries/message-search.ts'
import { noteTrace } from '../../src/features/contacts/queries/erasure-traces.ts'
import { findInFiles } from '../support/bytes.ts'
import { HttpClient } from '../support/http-client.ts'
import { folder } from '../db/folder.ts'
import { startTestApp } from '../support/app.ts'
import { app, caller, juan } from './fixture.ts'
import { countRows, rowsOf } from '../support/rows/tables.ts'

const number = '5491112345678'
/** Parts of words, too: an index keeps what a word does not share with the one before it. */
const words = [
  'secretísimo',
  'cretísimo',
  'Juanjo Pérez',
  'respuestaúnica',
  'puestaúnica',
  'notaprivada',
  number,
]

test('after an erasure no file has the words, the name or the number, neither while the gateway runs nor after it', async () => {
  const dataDir = folder()
  const one = await startTestApp({ dataDir })
  const client = new HttpClient(one.url, one.key)
  const other = { phone: '34600111222', pushName: 'Ana' }
  for (let n = 0; n < 120; n++) {
    await one.inbound({
      pushName: 'Juanjo Pérez',
      text: `secretísimo${n} ${'largo '.repeat(n * 20)} secretísimo`,
    })
    await one.inbound({ ...other, text: `otra cosa ${n} ${'x'.repeat(n * 7)}` })
  }
  for (let n = 0; n < 5; n++) {
    const body = { to: number, message: `respuestaúnica ${n}` }
    await client.post('/api/v1/send', body, { headers: { 'idempotency-key': `k${n}` } })
  }
  const { customers } = await one.services.customers.list(1, { search: 'Juanjo', limit: 1, offset: 0 })
  const id = customers[0]?.id ?? 0
  const patch = { notes: 'notaprivada' }
  await client.patch(`/api/v1/customers/${id}`, patch, { headers: { 'idempotency-key': 'note' } })
  const index = () => one.store.write((trx) => indexSome(trx, 50))
  while ((await index()) > 0);
  writeFileSync(join(one.dataDir, 'zaguan.db.before-3'), `secretísimo ${number}`)
  expect(findInFiles(one.dataDir, words).length).toBeGreaterThan(5)

  await one.services.customers.erase(1, id)

  expect(findInFiles(one.dataDir, words)).toEqual([])
  const left = await one.services.messages.ofChat(1, '34600111222', { limit: 500 })
  expect(left.messages).toHaveLength(120)
  await one.stop()
  expect(findInFiles(dataDir, words)).toEqual([])
})

test('an erasure that a crash cut short is finished by the next start', async () => {
  const one = await app()
  await one.inbound({ text: 'secretísimo' })
  const { customers } = await one.services.customers.list(1, { search: '', limit: 1, offset: 0 })
  // As if the process had died with the commit: the rows are gone, and the remaining work is in its row.
  const run = one.services.traces.run.bind(one.services.traces)
  one.services.traces.run = () => Promise.resolve()
  await one.services.customers.erase(1, customers[0]?.id ?? 0)
  expect(findInFiles(one.dataDir, ['secretísimo', number])).not.toEqual([])
  await run()
  expect(findInFiles(one.dataDir, ['secretísimo', number])).toEqual([])
  expect(await rowsOf(one.store.read, 'erasure_traces')).toEqual([])
})

test('a trace that is still in use is looked at again, and no other is forgotten over it', async () => {
  let pending = 1
  const sessions = {
    erasePerson: () => Promise.resolve(pending),
    purgeDeleted: () => Promise.resolve(true),
    removeCopies: () => undefined,
  }
  const one = await app({ sessions })
  await one.store.write((trx) => noteTrace(trx, 1, [juan]))
  const left = () => countRows(one.store.read, 'erasure_traces')
  await one.services.traces.run()
  expect(await left()).toBe(1)
  pending = 0
  await one.services.traces.run()
  expect(await left()).toBe(0)
})

test('copies from before a migration go after a week', async () => {
  const one = await app()
  const [old, fresh] = ['zaguan.db.before-3', 'zaguan.db.before-4'].map((name) => join(one.dataDir, name))
  for (const file of [old, fresh]) writeFileSync(file ?? '', 'x')
  const day = 24 * 60 * 60
  utimesSync(old ?? '', Date.now() / 1000 - 8 * day, Date.now() / 1000 - 8 * day)
  one.services.traces.removeOldCopies(new Date(Date.now() - 7 * day * 1000))
  expect([existsSync(old ?? ''), existsSync(fresh ?? '')]).toEqual([false, true])
})

test('a stored answer about another person stays as it was', async () => {
  const one = await app()
  const client = new HttpClient(one.url, one.key)
  await one.inbound({ text: 'hola' })
  const ask = () =>
    client.post(
      '/api/v1/send',
      { to: '34600111222', message: 'otra' },
      { headers: { 'idempotency-key': 'k' } },
    )
  const before = (await ask()).json
  const { customers } = await one.services.customers.list(1, { search: number, limit: 1, offset: 0 })
  await one.services.customers.erase(caller.accountId, customers[0]?.id ?? 0)
  expect((await ask()).json).toEqual(before)
})

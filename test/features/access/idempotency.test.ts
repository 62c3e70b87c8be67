import { beforeEach, expect, test } from 'vitest'
import type { StoredReply } from '../../../src/features/access/idempotency.ts'
import type { TestApp } from '../../support/app.ts'
import { turns } from '../../util/turns.ts'
import { HandClock, app, caller, juan, sendNow, texts } from '../fixture.ts'
import { countRows } from '../../support/rows/tables.ts'

const hour = 60 * 60_000
const request = { key: 'k1', route: 'POST /send', fingerprint: 'f1' }

let clock: HandClock
let one: TestApp
let calls: number

beforeEach(async () => {
  clock = new HandClock()
  one = await app({ clock })
  calls = 0
})

const work = async (): Promise<StoredReply> => {
  calls++
  const [result] = await sendNow(one, { to: [juan], text: `call ${calls}` })
  return { status: 202, body: { messageId: result?.messageId } }
}
const run = (change: Partial<typeof request> = {}, by = caller) =>
  one.services.idempotency.run(by, { ...request, ...change }, work)

test('a repeated call gets the first answer and does nothing', async () => {
  const first = await run()
  expect(first).toEqual({ status: 202, body: { messageId: 1 }, replayed: false })
  expect(await run()).toEqual({ ...first, replayed: true })
  expect(calls).toBe(1)
  expect(await texts(one)).toEqual(['call 1'])
})

test('an answer without a body is repeated as one without', async () => {
  const empty = () =>
    one.services.idempotency.run(caller, request, () => Promise.resolve({ status: 204, body: undefined }))
  expect(await empty()).toMatchObject({ status: 204, replayed: false })
  expect(await empty()).toMatchObject({ status: 204, replayed: true })
})

test('another request under the same key is refused', async () => {
  await run()
  for (const change of [{ fingerprint: 'f2' }, { route: 'POST /other' }]) {
    await expect(run(change)).rejects.toMatchObject({ code: 'idempotency_mismatch' })
  }
  expect(calls).toBe(1)
})

test('the same key of another caller, and another key, are calls of their own', async () => {
  await one.services.apiKeys.bootstrap('another-key-of-24-characters-or-more')
  await run()
  await run({}, { ...caller, keyId: 2 })
  await run({ key: 'k2' })
  expect(calls).toBe(3)
})

test('a call that is repeated while the first one runs is told to wait, and then gets its answer', async () => {
  let finish: () => void = () => undefined
  const slow = one.services.idempotency.run(caller, request, async () => {
    await new Promise<void>((resolve) => (finish = resolve))
    return { status: 200, body: 'slow' }
  })
  await turns()
  await expect(run()).rejects.toMatchObject({ code: 'idempotency_in_progress' })
  finish()
  expect(await slow).toEqual({ status: 200, body: 'slow', replayed: false })
  expect(await run()).toEqual({ status: 200, body: 'slow', replayed: true })
  expect(calls).toBe(0)
})

test('a call that fails leaves neither its changes nor its key behind', async () => {
  const failing = one.services.idempotency.run(caller, request, async () => {
    await work()
    throw new Error('after it was queued')
  })
  await expect(failing).rejects.toThrow('after it was queued')
  await turns(20)
  expect(one.line.sent).toEqual([])
  await expect(texts(one)).rejects.toMatchObject({ code: 'not_found' })
  expect(await run()).toMatchObject({ replayed: false })
})

test('an answer is repeated for 24 hours, and the key is free afterwards', async () => {
  await run()
  clock.advance(24 * hour - 1)
  expect((await run()).replayed).toBe(true)
  clock.advance(1)
  expect((await run({ fingerprint: 'f2' })).replayed).toBe(false)
  expect((await run({ fingerprint: 'f2' })).replayed).toBe(true)
})

test('an answer that is too old to be repeated is forgotten', async () => {
  const count = () => countRows(one.store.read, 'idempotency')
  await run()
  await one.services.idempotency.prune()
  expect(await count()).toBe(1)
  clock.advance(24 * hour + 1)
  await one.services.idempotency.prune()
  expect(await count()).toBe(0)
})

test('twenty identical calls at once do their work once', async () => {
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => run()))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await texts(one)).toEqual(['call 1'])
})

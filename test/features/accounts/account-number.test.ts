import { beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { HandClock, app, caller, eventsOf, juan, message, send } from '../fixture.ts'

const clock = new HandClock()
const own = '5491138620812'
const other = '5491144440000'
let one: TestApp
let api: HttpClient

beforeEach(async () => {
  one = await app({ clock })
  api = new HttpClient(one.url, one.key)
  one.line.become({ kind: 'waiting', attempt: 1, until: clock.now(), reason: 'logged_out' })
  await one.services.inbox.connection(1, one.line.state)
})

const scan = (phone: string, lid: string | null = null) => one.services.inbox.identified(1, { phone, lid })
const account = async () => (await api.get('/v1/whatsapp/accounts/wha_1')).json
const reasons = async () =>
  (await eventsOf(one)).filter(({ name }) => name === 'account.updated').map(({ data }) => data)
const plan = async () => {
  const sendAt = new Date(clock.now().getTime() + 3_600_000).toISOString()
  const { json } = await api.post('/api/v1/schedules', { to: [juan], message: 'luego', sendAt })
  return (json as { id: number }).id
}
const statusOf = async (id: number) => (await api.get(`/api/v1/schedules/${id}`)).json

test('a phone with another number than the first one is refused, and the account says so until it is linked', async () => {
  expect(await scan(other)).toBe('refused')
  expect(await reasons()).toContainEqual({ status: 'logged_out', reason: 'number_mismatch' })
  expect(await account()).toMatchObject({
    phone_number: `+${own}`,
    refused: { reason: 'number_mismatch', phone_number: `+${other}`, say: expect.stringContaining(own) },
  })
  expect(await scan(own)).toBe('accepted')
  expect(await account()).not.toHaveProperty('refused')
})

test('the other spelling of the number, and the same WhatsApp account with a new number, count as the same phone', async () => {
  expect(await scan('541138620812')).toBe('accepted')
  expect(await scan(own, '100200300@lid')).toBe('accepted')
  expect(await scan(other, '100200300@lid')).toBe('accepted')
  expect(await account()).toMatchObject({ phone_number: `+${other}` })
})

test('a new number that is let in on purpose gets nothing that waits for the former one', async () => {
  await one.services.sender.left(1)
  await one.services.inbox.connection(1, { kind: 'open', since: clock.now() })
  const waiting = await send(one, 'ya está listo')
  const later = await plan()
  const patched = await api.patch('/v1/whatsapp/accounts/wha_1', { accept_other_number: true })
  expect(patched.json).toMatchObject({ accept_other_number: true })
  expect(await scan(other)).toBe('other_number')
  expect(await message(one, waiting)).toMatchObject({ status: 'cancelled', reason: 'number_changed' })
  expect(await statusOf(later)).toMatchObject({ status: 'cancelled' })
  expect(await reasons()).toContainEqual({ status: 'connected', reason: 'number_changed' })
  expect(await account()).not.toHaveProperty('accept_other_number')
  // From now on this is the number.
  expect(await scan(own)).toBe('refused')
})

test('what waits goes out when the same number is linked again', async () => {
  await one.services.sender.left(1)
  await one.services.inbox.connection(1, { kind: 'open', since: clock.now() })
  const waiting = await send(one, 'ya está listo')
  const later = await plan()
  expect(await scan(own)).toBe('accepted')
  expect(await message(one, waiting)).toMatchObject({ status: 'queued' })
  expect(await statusOf(later)).toMatchObject({ status: 'active' })
})

test('a pairing code for another number is refused before it is typed', async () => {
  const asked = await api.post('/v1/whatsapp/accounts/wha_1/pairing-code', { phone_number: `+${other}` })
  expect(asked.status).toBe(400)
  expect(JSON.stringify(asked.json)).toContain(`+${own}`)
})

test('a key of one account may rename it, and not let another number in', async () => {
  const bound = { ...caller, allAccounts: false }
  expect(await one.services.accounts.change(bound, 1, { name: 'Tienda' })).toMatchObject({ name: 'Tienda' })
  await expect(one.services.accounts.change(bound, 1, { acceptsOtherNumber: true })).rejects.toThrow(
    /all accounts/,
  )
})

test('the first account is made once', async () => {
  const { accounts } = (await app()).services
  await accounts.ensureFirst('sandbox', 'Another')
  expect((await accounts.list()).map(({ name }) => name)).toEqual(['Test'])
})

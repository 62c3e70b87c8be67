import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../../cli/run-cli.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { Receiver } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'

let app: TestApp
let owner: HttpClient
let receiver: Receiver
beforeEach(async () => {
  app = await startTestApp()
  owner = new HttpClient(app.url, app.key)
  receiver = await Receiver.start()
})
afterEach(async () => {
  await app.stop()
  await receiver.down()
})

interface Made {
  id: number
  key: string
}
const keys = '/api-management/keys'
const hooks = '/api-management/webhooks'
const makeKey = async (scopes: string[]) =>
  (await owner.post(keys, { name: 'hooks', scopes, accountId: 1 })).json as Made

async function makeHook(key: string): Promise<number> {
  const body = { name: 'hook', url: receiver.url, events: ['message.received', 'webhook.disabled'] }
  const made = await new HttpClient(app.url, key).post(hooks, body)
  expect(made.status).toBe(201)
  return (made.json as { id: number }).id
}

const bodies = () => receiver.got.map(({ body }) => body)
async function deliver(text: string): Promise<string> {
  const before = bodies().length
  await app.inbound({ text })
  return until('it is delivered', () => bodies()[before])
}

test('a webhook shows what people wrote with the rights of its key, as they are now', async () => {
  const { id, key } = await makeKey(['write:webhooks'])
  const hook = await makeHook(key)
  const bare = await deliver('XYZZY one')
  expect(bare).not.toContain('XYZZY')
  expect(bare).toContain('are left out')
  await owner.patch(`${keys}/${id}`, { scopes: ['write:webhooks', 'read:messages'] })
  await until('the wider key counts', async () => (await deliver('XYZZY two')).includes('XYZZY'))
  await owner.patch(`${keys}/${id}`, { scopes: ['write:webhooks'] })
  await until('the narrower key counts', async () => !(await deliver('XYZZY three')).includes('XYZZY'))
  await owner.patch(`${hooks}/${hook}`, { name: 'of the owner now' })
  await until('the owner’s rights count', async () => (await deliver('XYZZY four')).includes('XYZZY'))
})

test.each([
  ['revoked', (id: number) => owner.ask(`${keys}/${id}`, { method: 'DELETE' }), 'key_revoked'],
  [
    'revoked by another process',
    async (id: number) => {
      await runCli(['keys', 'revoke', String(id), '--data', app.dataDir], { cwd: tmpdir() })
      app.services.apiKeys.clearIfOthersWrote()
    },
    'key_revoked',
  ],
  [
    'at its end',
    async (id: number) => {
      await owner.patch(`${keys}/${id}`, { expiresAt: new Date(Date.now() + 100) })
      await until('it has ended', async () => {
        await app.services.apiKeys.stopEnded()
        const { events } = await app.services.events.list(1, { after: 0, limit: 500 })
        return events.some(({ event }) => event.name === 'webhook.disabled')
      })
    },
    'key_expired',
  ],
] as const)(
  'a webhook stops when its key is %s, says so in an event, and others go on',
  async (_, end, reason) => {
    const { id, key } = await makeKey(['write:webhooks', 'read:messages'])
    const hook = await makeHook(key)
    await deliver('before')
    const other = await Receiver.start()
    await owner.post(hooks, { name: 'other', url: other.url, events: ['*'] })
    await end(id)
    await until('the others hear of it', () =>
      other.got.some(({ body }) => body.includes(reason) && body.includes(`"webhookId":${hook}`)),
    )
    const before = receiver.got.length
    await app.inbound({ text: 'after' })
    await until('the others hear it', () => other.got.some(({ body }) => body.includes('after')))
    expect(receiver.got.slice(before).filter(({ body }) => body.includes('after'))).toEqual([])
    expect((await owner.get(`${hooks}/${hook}`)).json).toMatchObject({
      isActive: false,
      disabledReason: reason,
    })
    // The key that switches the endpoint on again lends it its rights.
    expect((await owner.post(`${hooks}/${hook}/toggle`, { isActive: true })).status).toBe(200)
    await until('it hears again', async () => (await deliver('again')).includes('again'))
    await other.down()
  },
)

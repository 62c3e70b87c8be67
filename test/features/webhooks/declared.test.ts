import { afterEach, beforeEach, expect, test } from 'vitest'
import { Webhook } from 'standardwebhooks'
import type { DeclaredWebhook } from '../../../src/features/webhooks/declared-webhooks.ts'
import { until } from '../../support/until.ts'
import { Scene, base } from './fixture.ts'

let scene: Scene
beforeEach(async () => void (scene = await Scene.start()))
afterEach(() => scene.stop())

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const crm = (more: Partial<DeclaredWebhook> = {}): DeclaredWebhook => ({
  name: 'CRM',
  url: scene.receiver.url,
  events: ['message.received'],
  format: 'standard',
  headers: { 'x-tenant': '7' },
  secret,
  account: 1,
  active: true,
  ...more,
})

test('webhooks of the configuration file are made, changed and removed as the file says', async () => {
  const { webhooks } = scene.app.services
  await webhooks.declare([crm(), crm({ name: 'Other', secret: null })])
  const list = async () =>
    (await scene.client.get(base)).json as { id: number; name: string; source: string; format: string }[]
  const first = await list()
  expect(first).toMatchObject([
    { name: 'CRM', source: 'config', format: 'standard' },
    { name: 'Other', source: 'config' },
  ])
  await webhooks.declare([crm({ format: 'botbiz' })])
  expect(await list()).toMatchObject([{ id: first[0]!.id, name: 'CRM', format: 'botbiz' }])
})

test('deliveries of a configured webhook are signed with the secret of the file', async () => {
  await scene.app.services.webhooks.declare([crm()])
  await scene.app.inbound({ text: 'Hola' })
  await until('it came', () => scene.receiver.got.length === 1)
  const { body, headers } = scene.receiver.got[0]!
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
    type: 'message.received',
  })
  expect(headers['x-tenant']).toBe('7')
})

test('configured webhooks are changed in the file only', async () => {
  await scene.app.services.webhooks.declare([crm()])
  const [{ id }] = (await scene.client.get(base)).json as [{ id: number }]
  expect((await scene.client.patch(`${base}/${id}`, { name: 'x' })).status).toBe(409)
  expect((await scene.client.ask(`${base}/${id}`, { method: 'DELETE' })).status).toBe(409)
})

test('a configured webhook at a forbidden address stops the start with its name and the setting', async () => {
  await expect(scene.app.services.webhooks.declare([crm({ url: 'http://10.0.0.1/' })])).rejects.toThrow(
    /"CRM".*webhooks\.allowPrivate/,
  )
})

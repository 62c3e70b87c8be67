import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { account } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { smallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

const juan = '5491112345678'

const disk = smallDisk(12)
afterAll(() => disk?.remove())

const { sandbox, daemon } = await sharedScene({
  customers: [juan],
  ...(disk === undefined ? {} : { dataDir: disk.dir }),
})

const stored = async () => (await daemon.chat(juan)).filter(({ direction }) => direction === 'incoming')

const filler = () => join(daemon.dataDir, 'filler')

function fill(): void {
  const { bavail, bsize } = statfsSync(daemon.dataDir)
  // Whatever does not fit any more is as good: the disk is full.
  expect(() => writeFileSync(filler(), Buffer.alloc((bavail + 1) * bsize))).toThrow('ENOSPC')
}

test.skipIf(disk === undefined)(
  'a full disk stops the intake before a receipt could lie, and everything comes once there is room',
  async () => {
    await sandbox.control.sendAsCustomer(juan, account, 'before')
    await until('it is stored', async () => (await stored()).length === 1)

    fill()
    const ids: string[] = []
    for (let n = 0; n < 30; n++)
      ids.push(await sandbox.control.sendAsCustomer(juan, account, `full ${n} ${'x'.repeat(3000)}`))
    const refused = await until('the API says why', async () => {
      const answer = await daemon.call<{ message: string }>('POST', '/api/v1/send', {
        to: juan,
        message: 'y'.repeat(4000),
      })
      return answer.status === 503 && answer.body
    })
    expect(refused.message).toMatch(/disk of the gateway/)
    await until(
      'the intake is stopped',
      async () => (await daemon.status()).connection.reason === 'storage_failed',
      30_000,
    )
    const { statuses } = await sandbox.control.statuses(juan, ids)
    const acknowledged = Object.values(statuses).filter((status) => status !== 'queued').length
    expect(acknowledged).toBeLessThan(30)

    rmSync(filler())
    await daemon.connected(60_000)
    await until('everything is stored', async () => (await stored()).length >= 31, 60_000)
    const texts = (await stored()).map(({ text }) => text)
    expect(texts.length).toBe(31)
    expect(new Set(texts).size).toBe(31)
  },
  180_000,
)

test.skipIf(disk === undefined)(
  'files never fill the disk, and on a full one reads and revocations work',
  async () => {
    await until('there is spare room', () => existsSync(join(daemon.dataDir, 'spare-room')))
    const headers = { authorization: `Bearer ${daemon.key}` }
    const upload = () =>
      fetch(`${daemon.url}/api/v1/media`, { method: 'POST', headers, body: randomBytes(1_500_000) })
    const refused = await until('files are refused', async () => {
      const response = await upload()
      expect([201, 507]).toContain(response.status)
      return response.status === 507 && ((await response.json()) as { message: string })
    })
    expect(refused.message).toMatch(/data\.reserveMb/)
    expect(await daemon.send(juan, 'messages go on')).toBeGreaterThan(0)

    const makeKey = async () => {
      const request = { name: 'Stolen', mode: 'live', scopes: ['read:messages'] }
      return (await daemon.call<{ id: number }>('POST', '/api-management/keys', request)).body.id
    }
    const keys = [await makeKey(), await makeKey(), await makeKey()]
    const hook = { name: 'CRM', url: 'https://crm.example.com/hook', events: ['*'] }
    const made = await daemon.call<{ id: number }>('POST', '/api-management/webhooks', hook)
    fill()
    await until('nothing can be written', async () => {
      const { status } = await daemon.call('POST', '/api/v1/send', { to: juan, message: 'z'.repeat(4000) })
      return status === 503
    })
    for (let n = 0; n < 40; n++) {
      expect((await daemon.call('GET', '/api/v1/chats')).status).toBe(200)
      expect((await daemon.call('GET', `/api/v1/chats/${juan}/messages`)).status).toBe(200)
    }
    for (const id of keys) {
      const { status } = await daemon.call('DELETE', `/api-management/keys/${id}`)
      expect(status).toBe(200)
    }
    const off = await daemon.call('PATCH', `/api-management/webhooks/${made.body.id}/toggle`, {
      isActive: false,
    })
    expect(off.status).toBe(200)
    rmSync(filler())
    await until('sends work again', async () => {
      const { status } = await daemon.call('POST', '/api/v1/send', { to: juan, message: 'back' })
      return status < 300
    })
  },
  180_000,
)

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { readdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HandClock, app } from '../fixture.ts'
import type { TestApp, TestAppOptions } from '../../support/app.ts'
import { jpeg } from '../../support/files.ts'
import { HttpClient } from '../../support/http-client.ts'
import type { Reply } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'
import { addSecondAccount } from '../../apis/second-account.ts'

const juan = '5491112345678'
const kibibyte = 1024

async function scene(options: TestAppOptions) {
  const running = await app(options)
  const client = new HttpClient(running.url, running.key)
  const upload = (bytes: Uint8Array, name = 'a.bin', key?: string) =>
    client.ask(`/api/v1/media?fileName=${name}`, {
      method: 'POST',
      raw: bytes,
      ...(key === undefined ? {} : { key }),
    })
  const remove = (id: number) => client.ask(`/api/v1/media/${id}`, { method: 'DELETE' })
  return { running, client, upload, remove }
}

const idOf = ({ json }: Reply) => (json as { id: number }).id
const messageOf = ({ json }: Reply) => (json as { message: string }).message

async function newKey({ services }: TestApp): Promise<string> {
  const request = { name: 'CRM', mode: 'live', scopes: ['full'], accountId: 1 } as const
  return (await services.apiKeys.createAsOwner(request)).key
}

/** A file server of the running test's own. */
async function fileHost(answer: (path: string, server: Server) => Uint8Array | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const bytes = answer(request.url ?? '', server)
    if (bytes) response.end(bytes)
    // A drop now and then, without an end.
    else response.writeHead(200).write('x')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('the bytes of a day', () => {
  test('are counted for each key, refused beyond with the limit, and new at midnight', async () => {
    const clock = new HandClock()
    const quotas = { maxUploadBytesPerDay: 10 * kibibyte }
    const { running, upload } = await scene({ clock, quotas })
    expect((await upload(randomBytes(6 * kibibyte))).status).toBe(201)
    const refused = await upload(randomBytes(5 * kibibyte))
    expect(refused.status).toBe(429)
    expect(messageOf(refused)).toMatch(/media\.maxUploadBytesPerDay.*10240/)
    const midnight = 86_400 - (Math.floor(clock.now().getTime() / 1000) % 86_400)
    expect(Number(refused.headers.get('retry-after'))).toBe(midnight)
    expect(await readdir(join(running.dataDir, 'media', 'drafts'))).toEqual([])
    expect((await upload(randomBytes(5 * kibibyte), 'b.bin', await newKey(running))).status).toBe(201)
    expect((await upload(randomBytes(4 * kibibyte))).status).toBe(201)
    expect((await upload(randomBytes(1))).status).toBe(429)
    clock.advance(86_400_000)
    expect((await upload(randomBytes(9 * kibibyte))).status).toBe(201)
  })

  test('are not used by a file that was handed in before', async () => {
    const { upload } = await scene({ quotas: { maxUploadBytesPerDay: 10 * kibibyte } })
    const bytes = randomBytes(4 * kibibyte)
    const first = idOf(await upload(bytes))
    for (let n = 0; n < 3; n++) expect(idOf(await upload(bytes))).toBe(first)
    expect((await upload(randomBytes(6 * kibibyte))).status).toBe(201)
  })

  test('are used by what is fetched from addresses for a key', async () => {
    const { running, client } = await scene({ quotas: { maxUploadBytesPerDay: 1000 } })
    const url = await fileHost(() => Buffer.concat([jpeg, randomBytes(400)]))
    const send = (path: string) => client.post('/api/v1/send', { to: juan, media: { url: `${url}/${path}` } })
    expect((await send('a.jpg')).status).toBeLessThan(300)
    await until('the first is sent', () => running.line.sent.length === 1)
    const second = (await send('b.jpg')).json as { messageId: number }
    const failed = await until('the second fails', async () => {
      const { json } = await client.get(`/api/v1/messages/${second.messageId}`)
      return (json as { status: string }).status === 'failed' && json
    })
    expect(failed).toMatchObject({ media: { status: 'failed', reason: 'key_full' } })
  })
})

describe('the bytes of an account', () => {
  test('are refused beyond the limit, which deleting makes room for', async () => {
    const { upload, remove } = await scene({ quotas: { maxKeptBytes: 10 * kibibyte } })
    const first = await upload(randomBytes(6 * kibibyte))
    const refused = await upload(randomBytes(5 * kibibyte))
    expect(refused.status).toBe(507)
    expect(refused.json).toMatchObject({
      message: expect.stringMatching(/media\.maxKeptBytes.*10240.*DELETE \/api\/v1\/media/),
      error: { code: 'insufficient_storage' },
    })
    expect((await remove(idOf(first))).status).toBe(200)
    expect((await upload(randomBytes(10 * kibibyte))).status).toBe(201)
  })

  test('count the same content once, and it stays counted until its last file is gone', async () => {
    const { upload, remove } = await scene({ quotas: { maxKeptBytes: 10 * kibibyte } })
    const bytes = randomBytes(4 * kibibyte)
    const files = [await upload(bytes, 'a.bin'), await upload(bytes, 'b.bin'), await upload(bytes, 'c.bin')]
    for (const file of files.slice(0, 2)) await remove(idOf(file))
    expect((await upload(randomBytes(7 * kibibyte))).status).toBe(507)
    expect((await upload(randomBytes(6 * kibibyte))).status).toBe(201)
  })

  test('refuse what comes in as well, with the reason', async () => {
    const { running, client } = await scene({ quotas: { maxKeptBytes: 100 } })
    const url = await fileHost(() => jpeg)
    const { messageId } = (await client.post('/api/v1/send', { to: juan, media: { url: `${url}/a.jpg` } }))
      .json as { messageId: number }
    await until('it fails', async () => {
      const { json } = await client.get(`/api/v1/messages/${messageId}`)
      return (json as { media: { reason: string } }).media.reason === 'account_full'
    })
    expect(running.line.sent).toEqual([])
  })
})

test('a file that would touch the reserve of the databases is refused, and leaves nothing behind', async () => {
  const { running, client, upload } = await scene({ reserveMb: 1_000_000_000 })
  const refused = await upload(randomBytes(10))
  expect(refused.status).toBe(507)
  expect(messageOf(refused)).toMatch(/data\.reserveMb/)
  expect(await readdir(join(running.dataDir, 'media', 'drafts'))).toEqual([])
  expect((await client.post('/api/v1/send', { to: juan, message: 'hola' })).status).toBeLessThan(300)
})

test('a key uploads a few files at once, and other keys go on', async () => {
  const { running, client, upload } = await scene({})
  const slow = Array.from({ length: 4 }, () => {
    const end = new AbortController()
    const body = new ReadableStream({ start: (controller) => controller.enqueue(randomBytes(10)) })
    const init = { method: 'POST', body, duplex: 'half', signal: end.signal } as RequestInit
    const headers = { authorization: `Bearer ${running.key}` }
    void fetch(`${running.url}/api/v1/media`, { ...init, headers }).catch(() => undefined)
    return end
  })
  const drafts = join(running.dataDir, 'media', 'drafts')
  await until('all four are being written', async () => (await readdir(drafts)).length === 4)
  const refused = await upload(randomBytes(10))
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5'])
  expect((await upload(randomBytes(10), 'b.bin', await newKey(running))).status).toBe(201)
  expect((await client.get('/api/v1/chats')).status).toBe(200)
  for (const end of slow) end.abort()
  await until('there is a place again', async () => (await upload(randomBytes(11))).status === 201)
})

describe('deleting a file', () => {
  test('that was never sent leaves nothing of it', async () => {
    const { running, client, upload, remove } = await scene({})
    const file = idOf(await upload(jpeg))
    expect((await remove(file)).json).toEqual({ success: true })
    expect((await client.get(`/api/v1/media/${file}`)).status).toBe(404)
    expect((await remove(file)).status).toBe(404)
    await until('its content is gone', async () => {
      const names = await readdir(join(running.dataDir, 'media'), { recursive: true })
      return names.every((name) => !/[0-9a-f]{64}/.test(name))
    })
  })

  test('of a message leaves the message, which says so', async () => {
    const { running, client, upload, remove } = await scene({})
    const id = idOf(await upload(jpeg))
    await client.post('/api/v1/send', { to: juan, message: 'la torta', media: { id } })
    await until('it was sent', () => running.line.sent.length === 1)
    expect((await remove(id)).status).toBe(200)
    const { messages } = (await client.get(`/api/v1/chats/${juan}/messages`)).json as { messages: unknown[] }
    expect(messages).toMatchObject([{ text: 'la torta', media: { id, status: 'failed', reason: 'deleted' } }])
    const got = await client.get(`/api/v1/media/${id}`)
    expect([got.status, messageOf(got)]).toEqual([409, expect.stringContaining('deleted')])
    expect((await client.post('/api/v1/send', { to: juan, media: { id } })).status).toBe(409)
  })

  test('that is still to be sent is refused until it is out or cancelled', async () => {
    const { running, client, upload, remove } = await scene({})
    running.line.become({ kind: 'starting' })
    const queued = idOf(await upload(jpeg, 'a.jpg'))
    const { messageId } = (await client.post('/api/v1/send', { to: juan, media: { id: queued } })).json as {
      messageId: number
    }
    const planned = idOf(await upload(jpeg, 'b.jpg'))
    const sendAt = new Date(Date.now() + 3_600_000).toISOString()
    const schedule = { to: [`${juan}@s.whatsapp.net`], media: { id: planned }, when: { sendAt } }
    await running.services.sending.schedules.create(1, schedule)
    for (const id of [queued, planned]) {
      const refused = await remove(id)
      expect([refused.status, messageOf(refused)]).toEqual([409, expect.stringContaining('cancel')])
    }
    await running.services.outbox.cancel(1, messageId)
    expect((await remove(queued)).status).toBe(200)
  })

  test('of another account is refused', async () => {
    const { running, client, upload, remove } = await scene({})
    await addSecondAccount(running, client, '34600111222')
    const request = { name: 'Other', mode: 'live', scopes: ['full'], accountId: 2 } as const
    const { key } = await running.services.apiKeys.createAsOwner(request)
    const id = idOf(await upload(jpeg))
    const other = await client.ask(`/api/v1/media/${id}`, { method: 'DELETE', key })
    expect(other.status).toBe(404)
    expect((await remove(id)).status).toBe(200)
  })
})

test('slow addresses of one account hold up no file of another', async () => {
  const { running, client } = await scene({})
  await addSecondAccount(running, client, '34600111222')
  const request = { name: 'Other', mode: 'live', scopes: ['full'], accountId: 2 } as const
  const { key } = await running.services.apiKeys.createAsOwner(request)
  let asked = 0
  const url = await fileHost((path) => {
    if (path === '/a.jpg') return jpeg
    asked += 1
    return undefined
  })
  for (let n = 0; n < 40; n++) {
    const body = { to: '34600111222', media: { url: `${url}/slow-${n}.jpg` } }
    expect((await client.post('/api/v1/send', body, { key })).status).toBeLessThan(300)
  }
  await until('the slow ones are being fetched', () => asked > 0)
  await client.post('/api/v1/send', { to: juan, media: { url: `${url}/a.jpg` } })
  await until('the file of the first account is sent', () => running.line.sent.length === 1, 5000)
  expect(asked).toBe(2)
})

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { HandClock, app } from '../fixture.ts'
import type { TestApp } from '../../support/app.ts'
import { jpeg, ogg } from '../../support/files.ts'
import { HttpClient } from '../../support/http-client.ts'
import { pngOf } from '../../support/pictures.ts'
import { until } from '../../support/until.ts'
import { detailsOf } from '../../support/details.ts'

const juan = '5491112345678'

interface Media {
  id: number
  status: string
  reason: string | null
  mimeType: string
  fileName: string
  size: number
  url: string
}

let running: TestApp
let client: HttpClient

beforeEach(async () => {
  running = await app()
  client = new HttpClient(running.url, running.key)
})

async function upload(bytes: Uint8Array, fileName = ''): Promise<Media> {
  const reply = await client.ask(`/api/v1/media?fileName=${encodeURIComponent(fileName)}`, {
    method: 'POST',
    raw: bytes,
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(reply.status).toBe(201)
  return reply.json as Media
}

const fileOf = (bytes: Uint8Array) => {
  const hash = createHash('sha256').update(bytes).digest('hex')
  return join(running.dataDir, 'media', hash.slice(0, 2), hash)
}

const send = (media: object, message?: string) => client.post('/api/v1/send', { to: juan, message, media })

describe('a file', () => {
  test('is sent whole, in ranges, and only once to a client that has it', async () => {
    const { url } = await upload(Buffer.from('0123456789'), 'diez.txt')
    const get = async (headers: Record<string, string>) => {
      const response = await fetch(url, { headers })
      return { response, text: await response.text() }
    }
    const { response, text } = await get({})
    expect([response.status, text, response.headers.get('accept-ranges')]).toEqual([
      200,
      '0123456789',
      'bytes',
    ])
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="diez.txt"/)
    const etag = response.headers.get('etag') ?? ''
    expect((await get({ 'if-none-match': etag })).response.status).toBe(304)
    const part = await get({ range: 'bytes=2-4' })
    expect([part.response.status, part.response.headers.get('content-range'), part.text]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ])
    expect((await get({ range: 'bytes=-3' })).text).toBe('789')
    expect((await get({ range: 'bytes=7-' })).text).toBe('789')
    expect((await get({ range: 'bytes=10-' })).response.status).toBe(416)
    expect((await get({ range: 'bytes=4-2' })).text).toBe('0123456789')
    expect((await get({ range: 'bytes=2-4', 'if-range': '"other"' })).text.length).toBe(10)
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10'])
  })

  test('keeps a name in any script', async () => {
    const { url, size } = await upload(Buffer.from('a'), 'año "nuevo" 👋.txt')
    const response = await fetch(url)
    expect([size, response.status, await response.text()]).toEqual([1, 200, 'a'])
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="a_o _nuevo_ __.txt"; ' +
        "filename*=UTF-8''a%C3%B1o%20_nuevo_%20%F0%9F%91%8B.txt",
    )
  })

  test('opens by its own signed address, or with a key of its account', async () => {
    const { url, id } = await upload(jpeg, 'a.jpg')
    const other = await upload(ogg, 'b.ogg')
    expect((await fetch(url)).status).toBe(200)
    expect((await fetch(url.replace(`/${id}?`, `/${other.id}?`))).status).toBe(401)
    expect((await client.get(`/api/v1/media/${id}`)).status).toBe(200)
    expect((await client.get('/api/v1/media/999')).status).toBe(404)
    const { services } = running
    await expect(services.media.open(2, id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(services.media.fetchAgain(2, id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(services.media.thumbnail(2, id)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('an upload', () => {
  test('of the same file under the same name is the same file, stored once', async () => {
    const first = await upload(jpeg, 'a.jpg')
    expect(await upload(jpeg, 'a.jpg')).toMatchObject({
      id: first.id,
      mimeType: 'image/jpeg',
      fileName: 'a.jpg',
    })
    expect((await upload(jpeg, 'b.jpg')).id).not.toBe(first.id)
    expect(existsSync(fileOf(jpeg))).toBe(true)
  })

  test('that is too large leaves nothing behind', async () => {
    const status = await client
      .ask('/api/v1/media', { method: 'POST', raw: Buffer.alloc(1024 * 1024 + 1) })
      .then((reply) => reply.status)
      .catch(() => 413)
    expect(status).toBe(413)
    expect(await readdir(join(running.dataDir, 'media', 'drafts'))).toEqual([])
  })
})

describe('a message with a file', () => {
  test('shows the file in BOTON, Botssy and Botbiz', async () => {
    const { id } = await upload(jpeg, 'torta.jpg')
    const { messageId } = (await send({ id }, 'la torta')).json as { messageId: number }
    await until('it was sent', () => running.line.sent.length === 1)
    expect(running.line.sent[0]).toMatchObject({
      kind: 'image',
      text: 'la torta',
      details: { media: { mimeType: 'image/jpeg', fileName: 'torta.jpg', sizeBytes: jpeg.length } },
    })
    const shown = { id, status: 'ready', mimeType: 'image/jpeg', fileName: 'torta.jpg', size: jpeg.length }
    const state = (await client.get(`/api/v1/messages/${messageId}`)).json
    expect(state).toMatchObject({ text: 'la torta', media: shown })
    const chat = (await client.get(`/api/v1/chats/${juan}/messages`)).json
    expect(chat).toMatchObject({ messages: [{ text: 'la torta', media: shown }] })
    const [conversation] = ((await client.get('/api/v1/conversations')).json as { data: { id: number }[] })
      .data
    const botssy = (await client.get(`/api/v1/conversations/${conversation?.id}/messages`)).json
    expect(botssy).toMatchObject({ data: [{ content: 'la torta', mediaId: id, media: shown }] })
  })

  test('BOTBIZ-28 is sent by the id of its file, for every type, and only with what belongs to it', async () => {
    const { id } = await upload(Buffer.from('%PDF-1.7'), 'lista.pdf')
    const post = (body: object) => client.post('/v1/whatsapp/messages', { to: `+${juan}`, ...body })
    const sent = await post({ type: 'document', media_id: id, caption: 'precios', filename: 'precios.pdf' })
    expect([sent.status, sent.json]).toEqual([
      200,
      expect.objectContaining({
        type: 'document',
        caption: 'precios',
        media: expect.objectContaining({ id }),
      }),
    ])
    for (const body of [
      { type: 'document' },
      { type: 'image', media_id: id },
      { type: 'image', content: 'http://127.0.0.1.example/x', media_id: id },
      { type: 'image', content: 'ftp://example.com/x' },
      { type: 'text', content: 'hola', caption: 'x' },
      { type: 'text' },
    ]) {
      expect([body, (await post(body)).status]).toEqual([body, 400])
    }
    // A refusal names the field as this API calls it.
    const fieldOf = async (body: object) =>
      ((await post(body)).json as { error: { details: { field: string }[] } }).error.details[0]?.field
    expect(await fieldOf({ type: 'image', content: 'ftp://example.com/x' })).toBe('body.content')
    expect(await fieldOf({ type: 'image', media_id: id })).toBe('body.type')
    expect((await post({ type: 'image', media_id: 999_999 })).text).toContain(
      'has no file with this media_id',
    )
  })

  test('BOTSSY-41 answers a conversation, with a caption or alone', async () => {
    await running.inbound({ phone: juan })
    const { id } = await upload(jpeg, 'torta.jpg')
    const { data } = (await client.get('/api/v1/conversations')).json as { data: { id: number }[] }
    const post = (body: object) => client.post(`/api/v1/conversations/${data[0]?.id}/messages`, body)
    const sent = await post({ content: 'la torta', media: { id } })
    expect(sent).toMatchObject({ status: 201, json: { content: 'la torta', mediaId: id, media: { id } } })
    expect((await post({ media: { id } })).status).toBe(201)
    await until('both were sent', () => running.line.sent.length === 2)
    expect(running.line.sent.map(({ kind, text }) => [kind, text])).toEqual([
      ['image', 'la torta'],
      ['image', ''],
    ])
    const empty = await post({})
    expect(empty).toMatchObject({ status: 400, json: { error: { details: [{ field: 'body.content' }] } } })
    expect((await post({ media: {} })).status).toBe(400)
  })

  test('is refused at once for a private address, an unknown file or a wrong kind', async () => {
    const urls = [
      'http://127.1/x',
      'http://169.254.169.254/',
      'http://[::1]/',
      'ftp://a.b/c',
      'x',
      'http://u:p@a.b/',
    ]
    const strict = await app({ allowPrivate: [] })
    const strictly = new HttpClient(strict.url, strict.key)
    for (const url of urls) {
      const reply = await strictly.post('/api/v1/send', { to: juan, media: { url } })
      expect([url, reply.status]).toEqual([url, 400])
      expect(reply.text).toContain('media.url')
    }
    const { id } = await upload(Buffer.from('hola'), 'a.txt')
    expect((await send({ id: 999_999 })).status).toBe(404)
    expect((await send({})).status).toBe(400)
    expect((await send({ id, url: 'https://example.com' })).status).toBe(400)
    expect((await send({ id, type: 'image' })).status).toBe(400)
    expect(running.line.sent).toEqual([])
  })

  test('is a voice note for a recording, unless that is not wanted', async () => {
    const { id } = await upload(ogg, 'nota.ogg')
    await send({ id })
    await send({ id, voice: false })
    await until('both were sent', () => running.line.sent.length === 2)
    expect(running.line.sent.map((message) => detailsOf(message).media)).toMatchObject([
      { voice: true, seconds: 1 },
      { voice: false },
    ])
  })
})

test('the erasure of a customer removes the files that no other row has', async () => {
  const [own, shared] = [Buffer.from('solo de Juan'), Buffer.from('de los dos')]
  await send({ id: (await upload(own, 'a.txt')).id })
  await send({ id: (await upload(shared, 'b.txt')).id })
  await client.post('/api/v1/send', {
    to: '5491155550002',
    media: { id: (await upload(shared, 'b.txt')).id },
  })
  await until('all were sent', () => running.line.sent.length === 3)
  const { data } = (await client.get(`/api/v1/customers?search=${juan}`)).json as { data: { id: number }[] }
  await client.ask(`/api/v1/customers/${data[0]?.id}`, { method: 'DELETE' })
  await until('the file is gone', () => !existsSync(fileOf(own)))
  expect(existsSync(fileOf(shared))).toBe(true)
})

test('a message that is deleted for everyone loses its file', async () => {
  const bytes = Buffer.from('me arrepentí')
  const { id } = await upload(bytes, 'a.txt')
  const { messageId } = (await send({ id })).json as { messageId: number }
  await until('it was sent', () => running.line.sent.length === 1)
  const message = () => running.services.messages.get(1, messageId)
  expect((await message()).media).toMatchObject({ id, status: 'ready' })
  await running.services.inbox.messages(1, [
    {
      chat: { kind: 'person', phone: juan, lid: null, group: null },
      waId: 'C1',
      fromMe: true,
      by: [],
      at: new Date(),
      origin: 'live',
      change: {
        kind: 'delete',
        target: { waId: (await message()).waId, fromMe: true, participant: null },
      },
    },
  ])
  expect(await message()).not.toHaveProperty('media')
  expect((await client.get(`/api/v1/media/${id}`)).status).toBe(404)
  await until('the file is gone', () => !existsSync(fileOf(bytes)))
})

test('a file without a row is removed, and so is an upload that was not sent within a week', async () => {
  const { services, dataDir } = running
  await upload(Buffer.from('se queda'), 'a.txt')
  const lost = join(dataDir, 'media', 'ab')
  const { mkdir, writeFile } = await import('node:fs/promises')
  await mkdir(lost, { recursive: true })
  await writeFile(join(lost, 'ab'.repeat(32)), 'x')
  await services.mediaCleanup.run()
  expect(await readdir(lost)).not.toContain('ab'.repeat(32))
  expect(existsSync(fileOf(Buffer.from('se queda')))).toBe(true)
})

describe('after media.retentionDays', () => {
  const dayMs = 24 * 60 * 60_000
  let clock: HandClock

  beforeEach(async () => {
    clock = new HandClock()
    running = await app({ clock, mediaRetentionDays: 30 })
    client = new HttpClient(running.url, running.key)
  })

  const gone = (bytes: Uint8Array) => until('the file is gone', () => !existsSync(fileOf(bytes)))
  const pastDays = async (days: number) => {
    clock.advance(days * dayMs)
    await running.services.mediaCleanup.run()
  }

  test('a file goes, its message stays and says why, and so does the file’s address', async () => {
    const picture = await pngOf(16, 16)
    const { id } = await upload(picture, 'torta.png')
    const { messageId } = (await send({ id }, 'la torta')).json as { messageId: number }
    await until('it was sent', () => running.line.sent.length === 1)
    await pastDays(29)
    const before = await client.get(`/api/v1/media/${id}`)
    expect([before.status, existsSync(fileOf(picture))]).toEqual([200, true])

    await pastDays(2)
    await gone(picture)
    const shown = (await client.get(`/api/v1/messages/${messageId}`)).json
    const media = { id, status: 'failed', reason: 'removed', fileName: 'torta.png' }
    expect(shown).toMatchObject({ text: 'la torta', media })
    const answer = await client.get(`/api/v1/media/${id}`)
    expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('media.retentionDays')])
    expect((await client.get(`/api/v1/media/${id}/thumbnail`)).status).toBe(404)
    expect((await send({ id })).status).toBe(409)
  })

  test('the content of two files stays as long as the younger one', async () => {
    const bytes = Buffer.from('los precios')
    const older = await upload(bytes, 'a.txt')
    await send({ id: older.id })
    await until('it was sent', () => running.line.sent.length === 1)
    clock.advance(20 * dayMs)
    const younger = await upload(bytes, 'b.txt')
    await send({ id: younger.id })
    await until('both were sent', () => running.line.sent.length === 2)
    await pastDays(15)
    expect((await client.get(`/api/v1/media/${older.id}`)).status).toBe(409)
    const content = await client.get(`/api/v1/media/${younger.id}`)
    expect([content.status, content.text]).toEqual([200, 'los precios'])
    await pastDays(20)
    await gone(bytes)
    expect((await client.get(`/api/v1/media/${younger.id}`)).status).toBe(409)
  })

  test('an upload that is never sent goes after a week, with its row', async () => {
    const bytes = Buffer.from('nunca')
    const { id } = await upload(bytes, 'a.txt')
    await pastDays(8)
    await gone(bytes)
    expect((await client.get(`/api/v1/media/${id}`)).status).toBe(404)
  })
})

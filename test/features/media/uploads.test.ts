import { connect } from 'node:net'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { beforeEach, expect, test } from 'vitest'
import { app } from '../fixture.ts'
import type { TestApp } from '../../support/app.ts'
import { jpeg, ogg } from '../../support/files.ts'
import { HttpClient } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'
import { refusal } from '../../http/refusal.ts'

const webp = Buffer.from('RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0'.padEnd(44, '\0'), 'latin1')
const juan = '5491112345678'
let running: TestApp
let client: HttpClient

beforeEach(async () => {
  running = await app({ allowPrivate: ['127.0.0.0/8'] })
  client = new HttpClient(running.url, running.key)
})

const post = (raw: Uint8Array | string, type = 'application/octet-stream') =>
  client.ask('/api/v1/media', { method: 'POST', raw, headers: { 'content-type': type } })

async function stored(bytes: Uint8Array): Promise<number> {
  return ((await post(bytes)).json as { id: number }).id
}

const partOf = (head: string, body: string) =>
  `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`

test('an empty file is refused as a body, as a part of a form and at an address', async () => {
  const form = `${partOf('name="file"; filename="a.txt"', '')}--x--\r\n`
  for (const reply of [await post(new Uint8Array()), await post(form, 'multipart/form-data; boundary=x')]) {
    expect(refusal(reply)).toMatchObject({ status: 400, message: expect.stringMatching(/0 bytes/) })
  }
})

test('a body that only describes a file is refused with what to send in its place', async () => {
  for (const type of [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/x-www-form-urlencoded',
  ]) {
    const reply = await post('{"url":"https://example.com/a.jpg"}', type)
    expect(refusal(reply)).toMatchObject({ status: 400, message: expect.stringMatching(/media\.url/) })
  }
  expect(
    (
      await post(
        `${partOf('name="file"; filename="a.json"', '{}')}--x--\r\n`,
        'multipart/form-data; boundary=x',
      )
    ).status,
  ).toBe(201)
})

/** Sends the begin of a form and more of the same for ever; resolves with the answer. */
function endlessForm(begin: string, more: string): Promise<string> {
  const { port } = new URL(running.url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1')
    let answer = ''
    const write = () => {
      while (socket.writable && socket.write(more)) if (answer !== '') return
    }
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString()))
    socket.on('drain', write).on('error', () => undefined)
    socket.on('close', () => resolve(answer))
    socket.write(
      `POST /api/v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${running.key}\r\n` +
        `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000000\r\n\r\n${begin}`,
    )
    write()
  })
}

test('a form that goes on without a file is ended, whatever it goes on with', async () => {
  const part = partOf('name="a"', 'b')
  const forms: Record<string, [string, string]> = {
    'small parts': ['', part],
    'parts without a name': ['', '--x\r\nX: y\r\n\r\n1\r\n'],
    'no part at all': ['', 'nothing of a form\r\n'],
    'one long field': ['--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n', 'a'.repeat(1000)],
    'parts behind the file': [partOf('name="file"; filename="a.txt"', 'hola'), part],
    'an epilogue': [`${partOf('name="file"; filename="a.txt"', 'hola')}--x--\r\n`, 'more and more\r\n'],
  }
  for (const [name, [begin, more]] of Object.entries(forms)) {
    const began = performance.now()
    // A client that keeps writing may miss the answer, but not the closed connection.
    expect([name, await endlessForm(begin, more.repeat(500))]).toEqual([
      name,
      expect.stringMatching(/^(HTTP\/1\.1 400 |$)/),
    ])
    expect([name, performance.now() - began < 20_000]).toEqual([name, true])
  }
})

test('words beside a sound or a sticker are refused by the field that has them, in every API', async () => {
  await running.inbound({ phone: juan })
  const [voice, sticker, picture] = [await stored(ogg), await stored(webp), await stored(jpeg)]
  const soon = new Date(Date.now() + 3_600_000).toISOString()
  const refused: [string, string, object][] = [
    ['/api/v1/send', 'body.message', { to: juan, message: 'hola', media: { id: voice } }],
    ['/api/v1/send', 'body.message', { to: [juan, '5491155667788'], message: 'hola', media: { id: voice } }],
    ['/api/v1/send', 'body.message', { to: juan, message: 'hola', media: { id: sticker, type: 'sticker' } }],
    [
      '/api/v1/send',
      'body.message',
      { to: juan, message: 'hola', media: { url: 'http://127.0.0.1:9/a.mp3' } },
    ],
    [
      '/api/v1/send',
      'body.message',
      { to: juan, message: 'x', media: { url: 'http://127.0.0.1:9/a', type: 'audio' } },
    ],
    ['/api/v1/send', 'body.message', { to: juan, message: 'x', media: { id: voice }, sendAt: soon }],
    ['/api/v1/conversations/1/messages', 'body.content', { content: 'hola', media: { id: voice } }],
    ['/v1/whatsapp/messages', 'body.caption', { to: juan, type: 'audio', media_id: voice, caption: 'hola' }],
    [
      '/v1/whatsapp/messages',
      'body.caption',
      { to: juan, type: 'sticker', media_id: sticker, caption: 'hola' },
    ],
  ]
  for (const [path, field, body] of refused) {
    const reply = await client.post(path, body)
    expect([body, reply.status, refusal(reply).details[0]?.field]).toEqual([body, 400, field])
  }
  for (const media of [{ id: voice }, { id: picture }]) {
    expect((await client.post('/api/v1/send', { to: juan, media })).status).toBe(200)
  }
})

test('words whose file turns out to be a sound go out under it as a document, and a missing file says so', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/sound') response.end(ogg)
    else if (request.url === '/empty') response.end()
    else response.writeHead(Number(request.url?.slice(1))).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const send = async (path: string) => {
      const reply = await client.post('/api/v1/send', {
        to: juan,
        message: 'mira',
        media: { url: base + path },
      })
      return (reply.json as { messageId: number }).messageId
    }
    const ids = [await send('/sound'), await send('/404'), await send('/403'), await send('/empty')]
    await until('the words went out', () => running.line.sent.length === 1)
    expect(running.line.sent[0]).toMatchObject({ kind: 'document', text: 'mira' })
    const said = async (id?: number) =>
      ((await client.get(`/api/v1/messages/${id}`)).json as { say: string }).say
    await until('all have failed', async () => (await said(ids[3])).startsWith('Its file is not available'))
    expect([await said(ids[1]), await said(ids[2]), await said(ids[3])]).toEqual([
      'Its file is not available. Its address answered 404: the file does not exist.',
      'Its file is not available. Its address answered 401 or 403: it needs a login.',
      'Its file is not available. It is empty, and WhatsApp does not accept empty files.',
    ])
  } finally {
    server.close()
  }
})

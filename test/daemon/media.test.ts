import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hostileAnswers, jpeg, mp4, ogg } from '../support/files.ts'
import { account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const juan = '5491112345678'
const mega = 1024 * 1024
interface Shown {
  id: number
  kind?: string
  text: string
  media?: {
    id: number
    status: string
    reason: string | null
    mimeType: string
    fileName: string
    size: number
    url: string
  }
}

/** The answers of the test's file server, by path. */
const answers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()

const host = createServer((request, response) => {
  const answer = answers.get(request.url ?? '')
  if (answer) answer(request, response)
  else response.writeHead(404).end()
})
await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
afterAll(() => {
  host.closeAllConnections()
  host.close()
})
const hostUrl = `http://localhost:${(host.address() as AddressInfo).port}`
const { sandbox, daemon } = await sharedScene({
  customers: [juan],
  env: { ZAGUAN_MEDIA__ALLOW_PRIVATE: 'localhost' },
  media: true,
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function messages(): Promise<Shown[]> {
  return (await daemon.chat(juan)) as Shown[]
}

/** The newest message of the chat with a file, once that has come as far. */
function newest(status: string, text?: string) {
  return until(`a file is ${status}`, async () => {
    const found = (await messages()).findLast(
      ({ media, text: words }) => media && (text === undefined || words === text),
    )
    return found?.media?.status === status && found.media
  })
}

async function bytesOf(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ response: Response; bytes: Buffer }> {
  const response = await fetch(url, { headers })
  return { response, bytes: Buffer.from(await response.arrayBuffer()) }
}

async function upload(bytes: Uint8Array, fileName = ''): Promise<NonNullable<Shown['media']>> {
  const response = await fetch(`${daemon.url}/api/v1/media?fileName=${encodeURIComponent(fileName)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/octet-stream' },
    body: bytes,
  })
  expect(response.status).toBe(201)
  return (await response.json()) as NonNullable<Shown['media']>
}

async function send(media: object, message?: string): Promise<number> {
  const { status, body } = await daemon.call<{ messageId: number }>('POST', '/api/v1/send', {
    to: juan,
    ...(message === undefined ? {} : { message }),
    media,
  })
  expect(body).toMatchObject({ success: true })
  expect(status).toBe(200)
  return body.messageId
}

/** Waits for the customer's `count`th message. @returns the newest, with its file decrypted and checked */
function arrived(count: number) {
  return until('it has arrived', async () => {
    const page = await sandbox.control.received(juan, 0, 500)
    return page.total >= count && page.messages.at(-1)
  })
}

const receivedSoFar = async () => (await sandbox.control.received(juan, 0, 0)).total

describe('a file that comes in', () => {
  test.each([0, 1, 15, 16, 1_048_576])('of %d bytes arrives as it was sent', async (size) => {
    // Bytes by chance may begin like some known kind of file.
    const bytes = Buffer.alloc(size, 7)
    const fileName = `factura-${size}.bin`
    const data = bytes.toString('base64')
    await sandbox.control.sendMediaAsCustomer(juan, account, {
      kind: 'document',
      data,
      fileName,
      caption: `n ${size}`,
    })
    const media = await newest('ready', `n ${size}`)
    expect(media).toMatchObject({ fileName, size, mimeType: expect.stringMatching(/octet-stream|text/) })
    const { response, bytes: got } = await bytesOf(media.url)
    expect(response.status).toBe(200)
    expect(sha256(got)).toBe(sha256(bytes))
    expect(existsSync(join(daemon.dataDir, 'media', sha256(bytes).slice(0, 2), sha256(bytes)))).toBe(true)
  })

  test.each([
    ['image', jpeg, 'image/jpeg', 'inline'],
    ['video', mp4, 'video/mp4', 'inline'],
    ['voice', ogg, 'audio/ogg; codecs=opus', 'inline'],
    [
      'image',
      Buffer.from('<html><script>alert(1)</script></html>'),
      'text/plain; charset=utf-8',
      'attachment',
    ],
    [
      'image',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
      'text/plain; charset=utf-8',
      'attachment',
    ],
    ['document', Buffer.from('%PDF-1.7\n%âãÏÓ\n'), 'application/pdf', 'attachment'],
  ] as const)('has the type that its bytes say: %s', async (kind, content, type, how) => {
    const bytes = Buffer.concat([content, Buffer.from(randomBytes(4).toString('hex'))])
    const data = (kind === 'voice' ? content : bytes).toString('base64')
    const before = (await messages()).at(-1)?.id ?? 0
    await sandbox.control.sendMediaAsCustomer(juan, account, { kind, data, mimetype: 'image/png' })
    await until('it is stored', async () => ((await messages()).at(-1)?.id ?? 0) > before)
    const media = await newest('ready')
    const { response } = await bytesOf(media.url)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('content-disposition')).toMatch(new RegExp(`^${how}`))
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain('sandbox')
  })

  test('with a hostile name is shown without the hostile part', async () => {
    const fileName = `../../etc/\u202Egnp.exe\u0000\r\nX-Evil: 1/..\\${'ñ'.repeat(300)}.pdf`
    const data = randomBytes(20).toString('base64')
    await sandbox.control.sendMediaAsCustomer(juan, account, {
      kind: 'document',
      data,
      fileName,
      caption: 'nombre',
    })
    const media = await newest('ready', 'nombre')
    expect(media.fileName).toBe(`${'ñ'.repeat(116)}.pdf`)
    const { response } = await bytesOf(media.url)
    expect(response.headers.get('x-evil')).toBeNull()
  })

  test('keeps its thumbnail where that is a small JPEG, which is never opened', async () => {
    const file = {
      url: 'https://evil.example/x',
      directPath: '/m/image/0',
      mediaKey: randomBytes(32).toString('base64'),
    }
    const hashes = {
      fileSha256: randomBytes(32).toString('base64'),
      fileEncSha256: randomBytes(32).toString('base64'),
    }
    const picture = { ...file, ...hashes, fileLength: 10, mimetype: 'image/jpeg' }
    const thumbnails = [jpeg, Buffer.alloc(2_000_000, 1), Buffer.from('504b0304', 'hex')]
    const found: number[] = []
    for (const [n, jpegThumbnail] of thumbnails.entries()) {
      const imageMessage = { ...picture, caption: `t ${n}`, jpegThumbnail: jpegThumbnail.toString('base64') }
      await sandbox.control.sendMessageAsCustomer(juan, account, { imageMessage })
      const shown = await until('it is stored', async () =>
        (await messages()).find(({ text }) => text === `t ${n}`),
      )
      const { response } = await bytesOf(`${daemon.url}/api/v1/media/${shown.media?.id}/thumbnail`, {
        authorization: `Bearer ${daemon.key}`,
      })
      found.push(response.status)
    }
    expect(found).toEqual([200, 404, 404])
  })

  test('is uploaded again by the phone where WhatsApp no longer has it', async () => {
    await sandbox.control.fault({ kind: 'fail_media', what: 'download', status: 503 })
    const bytes = randomBytes(3000)
    const id = await sandbox.control.sendMediaAsCustomer(juan, account, {
      kind: 'image',
      data: bytes.toString('base64'),
      caption: 'vencida',
    })
    await sandbox.control.fault({ kind: 'expire_media', account, id, status: 410 })
    const waiting = await newest('pending', 'vencida')
    await daemon.call('POST', `/api/v1/media/${waiting.id}/fetch`)
    const media = await newest('ready', 'vencida')
    expect(sha256((await bytesOf(media.url)).bytes)).toBe(sha256(bytes))
  })

  test('fails with the reason where neither WhatsApp nor the phone has it', async () => {
    await sandbox.control.fault({ kind: 'fail_media', what: 'download', status: 404 })
    await sandbox.control.fault({ kind: 'lose_media' })
    const data = randomBytes(300).toString('base64')
    await sandbox.control.sendMediaAsCustomer(juan, account, { kind: 'image', data, caption: 'perdida' })
    const media = await newest('failed', 'perdida')
    expect(media.reason).toBe('expired')
    expect((await bytesOf(media.url)).response.status).toBe(409)
    await daemon.call('POST', `/api/v1/media/${media.id}/fetch`)
    await newest('ready', 'perdida')
  })

  test('is not fetched above the limit', async () => {
    await sandbox.control.sendMediaAsCustomer(juan, account, {
      kind: 'video',
      size: 64 * mega + 1,
      caption: 'larga',
    })
    expect(await newest('failed', 'larga')).toMatchObject({ reason: 'too_large', size: 64 * mega + 1 })
  })

  test('has an address in events that works without a key', async () => {
    const data = randomBytes(100).toString('base64')
    await sandbox.control.sendMediaAsCustomer(juan, account, { kind: 'document', data, caption: 'evento' })
    const media = await newest('ready', 'evento')
    const told = await until('it is told', async () => {
      const { body } = await daemon.call<{ data: { event: string; data: { media?: Shown['media'] } }[] }>(
        'GET',
        '/api/v1/events?limit=500',
      )
      const about = body.data.filter((event) => event.data.media?.id === media.id)
      return about.length === 2 && about
    })
    expect(told.map(({ event }) => event)).toEqual(['message.received', 'media.updated'])
    const url = told[0]?.data.media?.url ?? ''
    expect((await bytesOf(url)).bytes.toString('base64')).toBe(data)
    expect((await bytesOf(url.replace(/token=\d/, 'token=9'))).response.status).toBe(401)
    expect((await bytesOf(url.split('?')[0] ?? '')).response.status).toBe(401)
  })
})

describe('a file that goes out', () => {
  test.each([1, 1_048_576])('of %d bytes arrives as it was uploaded', async (size) => {
    const bytes = randomBytes(size)
    const before = await receivedSoFar()
    const { id } = await upload(bytes, 'presupuesto.bin')
    const messageId = await send({ id, type: 'document' }, 'acá va')
    const got = await arrived(before + 1)
    expect(got.media).toEqual({
      kind: 'document',
      mimetype: expect.any(String),
      fileName: 'presupuesto.bin',
      size,
      sha256: sha256(bytes),
    })
    await until('it was read', async () => (await daemon.message(messageId)).status === 'read')
  })

  test('of 60 MB arrives as it was uploaded, while as many come in', async () => {
    const [bytes, fileName] = [Buffer.alloc(60 * mega, randomBytes(4099)), 'film.bin']
    const path = join(daemon.dataDir, fileName)
    await writeFile(path, bytes.subarray(1))
    await sandbox.control.sendMediaAsCustomer(juan, account, { kind: 'document', path, caption: 'film' })
    const before = await receivedSoFar()
    const { id } = await upload(bytes, fileName)
    await send({ id, type: 'document' })
    expect((await arrived(before + 1)).media).toMatchObject({ size: bytes.length, sha256: sha256(bytes) })
    const got = (await bytesOf((await newest('ready', 'film')).url)).bytes
    expect([got.length, sha256(got)]).toEqual([60 * mega - 1, sha256(bytes.subarray(1))])
  })

  test('is fetched from an address and sent in order with the next message', async () => {
    answers.set('/fotos/torta.jpg', (_, response) => {
      setTimeout(() => response.writeHead(200, { 'content-type': 'text/html' }).end(jpeg), 300)
    })
    const before = await receivedSoFar()
    const id = await send({ url: `${hostUrl}/fotos/torta.jpg` }, 'la torta')
    expect(await daemon.message(id)).toMatchObject({ status: 'queued', reason: 'media_pending' })
    await daemon.send(juan, 'después')
    await arrived(before + 2)
    const [picture, text] = (await sandbox.control.received(juan, before, 2)).messages
    expect(picture).toMatchObject({ media: { kind: 'image', mimetype: 'image/jpeg', sha256: sha256(jpeg) } })
    expect(text?.text).toBe('después')
  })

  test('is sent as a voice note if it is a recording', async () => {
    const { id } = await upload(ogg, 'nota.ogg')
    const before = await receivedSoFar()
    await send({ id })
    expect((await arrived(before + 1)).media).toMatchObject({ kind: 'voice', sha256: sha256(ogg) })
  })

  test('BOTBIZ-29 is a picture at an address, sent with its caption', async () => {
    answers.set('/p.jpg', (_, response) => response.end(jpeg))
    const before = await receivedSoFar()
    const { status, body } = await daemon.call('POST', '/v1/whatsapp/messages', {
      to: `+${juan}`,
      type: 'image',
      content: `${hostUrl}/p.jpg`,
      caption: 'pan',
    })
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ type: 'image', caption: 'pan', status: 'queued' }),
    ])
    expect((await arrived(before + 1)).media).toMatchObject({ kind: 'image', sha256: sha256(jpeg) })
  })

  test.each(hostileAnswers)('fails with a reason: %s', async (_, reason, answer) => {
    answers.set('/hostile', answer)
    const id = await send({ url: `${hostUrl}/hostile`, type: 'image' })
    await until('it failed', async () => (await daemon.message(id)).status === 'failed')
    expect(await daemon.message(id)).toMatchObject({
      reason: 'media_failed',
      media: { status: 'failed', reason },
    })
  })

  test('is tried again where WhatsApp refuses the upload, and its message goes out once', async () => {
    const before = await receivedSoFar()
    const { id } = await upload(randomBytes(500), 'x.bin')
    const from = (await sandbox.control.received(juan, 0, 0)).duplicates
    await sandbox.control.fault({ kind: 'fail_media', what: 'upload', status: 500 })
    await send({ id })
    await arrived(before + 1)
    expect((await sandbox.control.received(juan, 0, 0)).duplicates).toBe(from)
  })

  test('is uploaded as a form, and refused where it is too large', async () => {
    const form = new FormData()
    form.append('file', new Blob([jpeg]), 'de un formulario.jpg')
    const headers = { authorization: `Bearer ${daemon.key}` }
    const post = (body: FormData | Buffer) =>
      fetch(`${daemon.url}/api/v1/media`, { method: 'POST', headers, body })
    const response = await post(form)
    const file = { fileName: 'de un formulario.jpg', mimeType: 'image/jpeg', size: jpeg.length }
    expect([response.status, await response.json()]).toEqual([201, expect.objectContaining(file)])
    expect((await post(new FormData())).status).toBe(400)
    const large = await post(Buffer.alloc(64 * mega + 1)).then(
      ({ status }) => status,
      () => 413,
    )
    expect(large).toBe(413)
    expect(await readdir(join(daemon.dataDir, 'media', 'drafts'))).toEqual([])
  })
})

test('a kill while files are on their way loses none, and sends none twice', async () => {
  await sandbox.control.fault({ kind: 'fail_media', what: 'download', status: 503, count: 2 })
  const before = await receivedSoFar()
  const { id } = await upload(randomBytes(900_000), 'grande.bin')
  const names = Array.from({ length: 6 }, (_, n) => `corte ${n}`)
  for (const caption of names) {
    await sandbox.control.sendMediaAsCustomer(juan, account, { kind: 'document', size: 1_500_000, caption })
  }
  await send({ id }, 'durante el corte')
  await daemon.kill()
  await daemon.start()
  await daemon.connected()
  for (const caption of names) {
    const found = await newestFetched(caption)
    expect((await bytesOf(found.url)).bytes.length).toBe(1_500_000)
  }
  await arrived(before + 1)
  expect(await receivedSoFar()).toBe(before + 1)
  expect(await readdir(join(daemon.dataDir, 'media', 'drafts'))).toEqual([])
}, 60_000)

function newestFetched(caption: string) {
  return until(`${caption} is here`, async () => {
    const found = (await messages()).find(({ text }) => text === caption)
    if (found?.media?.status === 'pending') await daemon.call('POST', `/api/v1/media/${found.media.id}/fetch`)
    return found?.media?.status === 'ready' && found.media
  })
}

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { downloadMediaMessage, type AnyMessageContent, type WAMessage } from '@whiskeysockets/baileys'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import { generated } from '../../src/sandbox/media/phone-media.ts'
import { mediaKinds, type MediaKind } from '../../src/sandbox/media/media-kinds.ts'
import type { Client } from './support/client.ts'
import { useWorld } from './support/fixture.ts'
import { trusting } from './support/trust.ts'
import { until } from '../support/until.ts'

const world = useWorld()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-test-'))
})

afterEach(() => rm(folder, { recursive: true }))

function linked(): Promise<Client> {
  return world.client(undefined, trusting(world.sandbox)).link(world.phone)
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

async function fetched(message: WAMessage): Promise<string> {
  const { options } = trusting(world.sandbox)
  const hash = createHash('sha256')
  const stream = await downloadMediaMessage(message, 'stream', { options } as object)
  for await (const chunk of stream as AsyncIterable<Buffer>) hash.update(chunk)
  return hash.digest('hex')
}

const outgoing = {
  image: (content: Buffer) => ({ image: content, caption: 'pan' }),
  video: (content: Buffer) => ({ video: content }),
  audio: (content: Buffer) => ({ audio: content, mimetype: 'audio/mpeg' }),
  voice: (content: Buffer) => ({ audio: content, ptt: true }),
  document: (content: Buffer) => ({ document: content, mimetype: 'application/pdf', fileName: 'a.pdf' }),
  sticker: (content: Buffer) => ({ sticker: content }),
} satisfies Record<MediaKind, (content: Buffer) => AnyMessageContent>

test.each(mediaKinds)('a file goes both ways: %s', async (kind) => {
  const { phone, maria } = world
  const client = await linked()
  const content = Buffer.concat([...generated(100_001)])
  const id = await maria.sendMedia(phone.number, { kind, content, caption: 'mira', fileName: 'b.pdf' })
  const got = await until(() => client.messages.find(({ key, message }) => key.id === id && message))
  expect(await fetched(got)).toBe(sha256(content))
  await client.socket.sendMessage(got.key.remoteJid ?? '', outgoing[kind](content))
  await until(() => maria.received.length === 1)
  expect(maria.received[0]?.media).toMatchObject({ kind, size: content.length, sha256: sha256(content) })
  expect(maria.received[0]?.media?.error).toBeUndefined()
})

test.each([0, 1, 15, 16, 65_536])('a document of %d bytes goes both ways', async (size) => {
  const { phone, maria } = world
  const client = await linked()
  const content = Buffer.concat([...generated(size)])
  const id = await maria.sendMedia(phone.number, { kind: 'document', content: { size } })
  const got = await until(() => client.messages.find(({ key, message }) => key.id === id && message))
  expect(await fetched(got)).toBe(sha256(content))
  await client.socket.sendMessage(got.key.remoteJid ?? '', {
    document: content,
    mimetype: 'application/pdf',
    fileName: 'nada.pdf',
  })
  await until(() => maria.received.length === 1)
  expect(maria.received[0]?.media).toMatchObject({ size, sha256: sha256(content) })
  expect(maria.received[0]?.media?.error).toBeUndefined()
})

test('60 MB go both ways without being in memory', async () => {
  const { phone, maria, sandbox } = world
  const client = await linked()
  const size = 60 * 1024 * 1024
  const hash = createHash('sha256')
  for (const chunk of generated(size)) hash.update(chunk)
  const expected = hash.digest('hex')
  const api = new SandboxControl(sandbox.controlUrl)
  const before = process.memoryUsage().rss
  const id = await api.sendMediaAsCustomer(maria.number, phone.number, { kind: 'video', size })
  const got = await until(() => client.messages.find(({ key, message }) => key.id === id && message))
  expect(await fetched(got)).toBe(expected)
  const path = join(folder, 'film.mp4')
  await writeFile(path, generated(size))
  await client.socket.sendMessage(got.key.remoteJid ?? '', { document: { url: path }, mimetype: 'video/mp4' })
  const page = await until(async () => {
    const received = await api.received(maria.number)
    return received.total === 1 && received
  })
  expect(page.messages[0]?.media).toMatchObject({ size, sha256: expected })
  expect(process.memoryUsage().rss - before).toBeLessThan(3 * size)
})

test('a file that expired is uploaded again by the phone', async () => {
  const { phone, maria, sandbox } = world
  const client = await linked()
  const content = Buffer.from('una foto')
  const id = await maria.sendMedia(phone.number, { kind: 'image', content })
  const got = await until(() => client.messages.find(({ key, message }) => key.id === id && message))
  const api = new SandboxControl(sandbox.controlUrl)
  await api.fault({ kind: 'expire_media', account: phone.number, id, status: 410 })
  await expect(fetched(got)).rejects.toMatchObject({ output: { statusCode: 410 } })
  const again = await client.socket.updateMediaMessage(got)
  expect(await fetched(again)).toBe(sha256(content))
  sandbox.expireMedia(phone.number, id, 404)
  await api.fault({ kind: 'lose_media' })
  await expect(client.socket.updateMediaMessage(got)).rejects.toMatchObject({ output: { statusCode: 404 } })
})

test('a fault of a file is visible to those who look at it', async () => {
  const { phone, maria, sandbox } = world
  const client = await linked()
  sandbox.faults.failMedia('download', 503)
  const id = await maria.sendMedia(phone.number, { kind: 'image', content: Buffer.from('x') })
  const got = await until(() => client.messages.find(({ key, message }) => key.id === id && message))
  await expect(fetched(got)).rejects.toMatchObject({ output: { statusCode: 503 } })
  expect(await fetched(got)).toBe(sha256(Buffer.from('x')))
  sandbox.faults.failMedia('upload', 507, 1)
  const document = { document: Buffer.from('y'), mimetype: 'text/plain', fileName: 'y.txt' }
  const jid = got.key.remoteJid ?? ''
  await expect(client.socket.sendMessage(jid, document)).rejects.toThrow('upload')
  const { message } = got
  const spoilt = { ...message?.imageMessage, fileSha256: Buffer.alloc(32) }
  await client.socket.relayMessage(jid, { imageMessage: spoilt }, {})
  await client.socket.relayMessage(jid, { imageMessage: { ...spoilt, mediaKey: Buffer.alloc(32) } }, {})
  await client.socket.relayMessage(jid, { imageMessage: { ...spoilt, directPath: '/m/image/0' } }, {})
  await until(() => maria.received.length === 3)
  expect(maria.received.map(({ media }) => media?.error)).toEqual([
    'fileSha256 is wrong',
    expect.stringMatching(/HMAC|decrypt/i),
    'The media host answers 404',
  ])
})

test('an upload must be what it says it is, and come from an account that may upload', async () => {
  const { mediaHost, mediaCertificate: ca, network } = world.sandbox
  const content = Buffer.alloc(26, 1)
  const token = createHash('sha256').update(content).digest('base64url')
  const status = (path: string, body: Buffer, method = 'POST') =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`https://${mediaHost}${path}`, { method, ca }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject).end(body)
    })
  const query = `?auth=${network.media.auth}&token=${token}`
  expect(await status(`/mms/image/${token}${query}`, content)).toBe(200)
  expect(await status(`/mms/image/${token}${query}`, Buffer.alloc(26, 2))).toBe(415)
  expect(await status(`/mms/image/${token}${query}`, Buffer.alloc(25, 1))).toBe(415)
  expect(await status(`/mms/image/${token}?auth=x&token=${token}`, content)).toBe(401)
  expect(await status(`/mms/other/${token}${query}`, content)).toBe(404)
  expect(await status('/m/image/0', content, 'PUT')).toBe(405)
  expect(await status('/m/image/../../etc/passwd', Buffer.alloc(0), 'GET')).toBe(404)
})

test('the certificate is in a file while the sandbox runs', async () => {
  const { sandbox } = world
  const { caFile } = sandbox
  expect(await readFile(caFile, 'utf8')).toBe(sandbox.mediaCertificate)
  expect((await stat(caFile)).size).toBeGreaterThan(500)
  const fetchStatus = `fetch('https://${sandbox.mediaHost}/m/image/0').then((r) => console.log(r.status))`
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: caFile }
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', fetchStatus], { env })
  expect(stdout.trim()).toBe('404')
  await sandbox.stop()
  expect(existsSync(caFile)).toBe(false)
  await sandbox.start()
})

test('chats come as files where that is wanted', async () => {
  world.phone.history = [
    { with: '34611111111', messages: [{ fromMe: false, text: 'ayer', timestamp: 1000 }] },
  ]
  world.phone.historyBy = 'file'
  const client = await linked()
  await until(() => client.history.some(({ progress }) => progress === 100))
  const texts = client.history.flatMap(({ messages }) => messages.map(({ message }) => message?.conversation))
  expect(texts).toContain('ayer')
})

test('files are sent to groups, too', async () => {
  const { phone, maria, sandbox } = world
  const group = sandbox.network.groups.create({ subject: 'Fotos', creator: maria.number }, [phone.number])
  const client = await linked()
  const id = await maria.sendMedia(group.id, { kind: 'sticker', content: { size: 500 } })
  const got = await until(() => client.messages.find(({ key, message }) => key.id === id && message))
  const hash = await fetched(got)
  await client.socket.sendMessage(group.id, { image: Buffer.from('respuesta') })
  await until(() => maria.received.length === 1)
  expect(hash).toBe(sha256(Buffer.concat([...generated(500)])))
  expect(maria.received[0]).toMatchObject({
    group: group.id,
    media: { sha256: sha256(Buffer.from('respuesta')) },
  })
})

import { expect, test } from 'vitest'
import { jpeg } from '../../support/files.ts'
import { cleanFileName } from '../../../src/features/media/file-name.ts'
import { readRange } from '../../../src/http/answers/file-answer.ts'
import { addressOf } from '../../../src/whatsapp/media/media-transfer.ts'
import { app, caller, juan, lid, sendNow } from '../fixture.ts'

const source = { mediaKey: '', sha256: '', encryptedSha256: '', keyTimestamp: null }

test('a file is fetched only from hosts of WhatsApp, whatever the sender writes', () => {
  const hosts = ['media-1.cdn.whatsapp.net', '127.0.0.1:4443']
  const of = (url: string | null, directPath = '/v/t62?oh=1') =>
    addressOf({ ...source, url, directPath }, hosts).href
  expect(of('https://mmg.whatsapp.net/x')).toBe('https://mmg.whatsapp.net/v/t62?oh=1')
  expect(of('https://127.0.0.1:4443/x')).toBe('https://127.0.0.1:4443/v/t62?oh=1')
  for (const url of [
    'https://169.254.169.254/latest',
    'https://whatsapp.net.evil.example/x',
    'https://mmg.whatsapp.net:22/x',
    'https://evilwhatsapp.net/x',
    'no address',
    null,
  ]) {
    expect(of(url)).toBe('https://media-1.cdn.whatsapp.net/v/t62?oh=1')
  }
  for (const path of ['//evil.example/x', '/\\evil.example/x', 'x', '@evil.example/']) {
    expect(() => of('https://mmg.whatsapp.net/x', path), path).toThrow()
  }
})

test('file names lose paths, control and direction characters, and excess length', () => {
  expect(cleanFileName('../../etc/passwd')).toBe('passwd')
  expect(cleanFileName('C:\\temp\\lista.xlsx')).toBe('lista.xlsx')
  expect(cleanFileName('\u202Egnp.exe\r\n\u0000')).toBe('gnp.exe')
  expect(cleanFileName('...')).toBe('')
  expect(cleanFileName('a<b>:"c|?*.txt')).toBe('a_b___c___.txt')
  expect(cleanFileName(`${'👋'.repeat(200)}.pdf`)).toMatch(/^(👋){58}\.pdf$/u)
  expect(cleanFileName(undefined)).toBe('')
})

test('a range of a file is read as players ask for it', () => {
  expect(readRange('bytes=0-0', 5)).toEqual({ start: 0, end: 0 })
  expect(readRange('bytes=-9', 5)).toEqual({ start: 0, end: 4 })
  expect(readRange('bytes=0-', 0)).toBe('beyond')
  expect(readRange('bytes=0-1,3-4', 5)).toBeUndefined()
  expect(readRange('lines=1-2', 5)).toBeUndefined()
})

test('the file of a message is available to readers on this machine', async () => {
  const { services } = await app()
  const content = (async function* () {
    yield jpeg
  })()
  const { id } = await services.media.upload(caller, { content, fileName: 'a.jpg' })
  const [sent] = await sendNow({ services }, { to: [juan], media: { id } })
  expect(await services.media.openOf(sent?.messageId ?? 0)).toMatchObject({
    mimeType: 'image/jpeg',
    size: jpeg.length,
  })
  const [text] = await sendNow({ services }, { to: [juan], text: 'sin foto' })
  expect(await services.media.openOf(text?.messageId ?? 0)).toBeUndefined()
})

test.each(['phone', 'lid'] as const)(
  'where a message stands in two chats of a person, a file that only the one met by %s has is kept',
  async (having) => {
    const one = await app()
    const phone = '5491112345678'
    const facts = { mimeType: 'image/jpeg', fileName: 'a.jpg', sizeBytes: 3, seconds: null, width: null }
    const media = { ...facts, height: null, voice: false, animated: false }
    for (const address of [{ phone }, { lid }]) {
      const has =
        having in address
          ? {
              details: { media },
              file: { source: { ...source, directPath: '/v/a', url: null }, thumbnail: null },
            }
          : {}
      await one.inbound({ ...address, waId: 'TWICE', kind: 'image', origin: 'history', text: '', ...has })
    }
    await one.services.inbox.mappings(1, [{ lid, phone }], new Date())
    const { messages } = await one.services.messages.ofChat(1, juan, { limit: 10 })
    expect(messages).toMatchObject([{ waId: 'TWICE', media: { fileName: 'a.jpg', status: 'pending' } }])
  },
)

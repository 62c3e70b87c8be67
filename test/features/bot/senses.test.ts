import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { MediaFile, MediaReader } from '../../../src/features/media/media-reader.ts'
import { until } from '../../support/until.ts'
import { customerWords, startBotApp } from './support/bot-app.ts'
import type { BotApp, BotAppOptions } from './support/bot-app.ts'
import { rowsOf } from '../../support/rows/tables.ts'

const juan = '5491112345678'
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
let dir: string
let app: BotApp
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'zaguan-senses-'))))
afterAll(() => rmSync(dir, { recursive: true }))
afterEach(() => app.stop())

function fileOf(name: string, bytes: Buffer, mimeType: string): MediaFile {
  const path = join(dir, name)
  writeFileSync(path, bytes)
  return { path, mimeType, size: bytes.length }
}

const reader = (file: MediaFile | undefined): MediaReader => ({ open: () => Promise.resolve(file) })
const voice = () => fileOf('voice.ogg', Buffer.from('OggS the voice of Juan'), 'audio/ogg; codecs=opus')
const ears = { transcriptionModel: 'whisper-1' }
const echo: BotAppOptions['script'] = (request) => ({
  text: `Entendido: ${JSON.stringify(request.messages.at(-1)?.content).split('\\n')[1] ?? 'nada'}`,
})

async function start(options: Partial<BotAppOptions>) {
  app = await startBotApp({ script: echo, ...options })
}

/** Sends a file as a customer and waits for the end of the turn. */
async function sends(kind: 'audio' | 'image' | 'video', text = '') {
  const before = (await app.turns(juan)).length
  await app.inbound({ phone: juan, kind, text })
  return until('the turn is done', async () => {
    const turns = await app.turns(juan)
    return turns.length > before && turns[0]?.state === 'done' ? turns[0] : undefined
  })
}

test('a voice note is listened to once, answered like words, and remembered as what was said', async () => {
  let asked: Buffer = Buffer.alloc(0)
  await start({ senses: ears, media: reader(voice()) })
  app.model.hear = (bytes) => {
    asked = bytes
    return { text: 'quiero un turno para el corte' }
  }
  const turn = await sends('audio')
  expect(turn.record).toMatchObject({
    outcome: 'answered',
    answer: 'Entendido: quiero un turno para el corte',
  })
  expect(asked.toString('latin1')).toContain('OggS the voice of Juan')
  expect(asked.toString('latin1')).toContain('whisper-1')
  expect(asked.toString('latin1')).toContain('filename="voice.ogg"')
  app.model.hear = () => ({ status: 500 })
  await app.say(juan, '¿me oíste bien?')
  const last = app.model.requests.at(-1)!.messages.map(({ content }) => content ?? '')
  expect(last.find((text) => text.includes('quiero un turno'))).toContain('<<data customer by voice ')
  const kept = await rowsOf(app.store.read, 'bot_transcripts')
  expect(kept.map(({ text }) => text)).toEqual(['quiero un turno para el corte'])
})

test('the words of a voice note are data, and a customer who asks for a person by voice gets one', async () => {
  await start({ senses: ears, media: reader(voice()) })
  app.model.hear = () => ({ text: 'quiero hablar con una persona' })
  expect((await sends('audio')).record?.reason).toBe('asked_for_a_person')
  expect(app.model.requests).toHaveLength(0)
})

test('a picture goes to a model that takes pictures, with its caption', async () => {
  await start({ senses: { images: true }, media: reader(fileOf('a.png', png, 'image/png')) })
  expect((await sends('image', '¿tienen este color?')).record?.outcome).toBe('answered')
  const asked = app.model.requests[0]!.messages.at(-1)!
  expect(asked.images).toEqual([`data:image/png;base64,${png.toString('base64')}`])
  expect(customerWords(app.model.requests[0]!)).toEqual(['¿tienen este color?'])
  // It is shown in its own turn; later ones know of it by name.
  await app.say(juan, '¿y en rojo?')
  expect(app.model.requests[1]!.messages.flatMap(({ images }) => images ?? [])).toEqual([])
})

test('a picture without words is answered, too', async () => {
  await start({ senses: { images: true }, media: reader(fileOf('b.png', png, 'image/png')) })
  expect((await sends('image')).record?.outcome).toBe('answered')
})

const deaf = /notas de voz/
const blind = /No puedo ver/
const cases: [string, 'audio' | 'image' | 'video', Partial<BotAppOptions>, RegExp][] = [
  [
    'no transcription model',
    'audio',
    { media: reader({ path: '/x', mimeType: 'audio/ogg', size: 5 }) },
    deaf,
  ],
  ['nobody who reads files', 'audio', { senses: ears }, deaf],
  ['a file that never came', 'audio', { senses: ears, media: reader(undefined) }, deaf],
  [
    'a file that is gone',
    'audio',
    { senses: ears, media: reader({ path: '/x', mimeType: 'audio/ogg', size: 5 }) },
    deaf,
  ],
  [
    'a voice note without end',
    'audio',
    { senses: ears, media: reader({ path: '/x', mimeType: 'audio/ogg', size: 2 ** 30 }) },
    deaf,
  ],
  ['a model without eyes', 'image', { media: reader({ path: '/x', mimeType: 'image/png', size: 5 }) }, blind],
  [
    'a picture of a strange kind',
    'image',
    { senses: { images: true }, media: reader({ path: '/x', mimeType: 'image/tiff', size: 5 }) },
    blind,
  ],
  [
    'a video',
    'video',
    { senses: { images: true }, media: reader({ path: '/x', mimeType: 'video/mp4', size: 5 }) },
    blind,
  ],
]

test.each(cases)(
  'of %s the bot says that it cannot take it, and hands over',
  async (_, kind, options, sentence) => {
    await start(options)
    const turn = await sends(kind)
    expect(turn.record?.reason).toBe(kind === 'audio' ? 'cannot_hear' : 'cannot_see')
    await until('it says so', () => app.sentTo(juan).length === 1)
    expect(app.sentTo(juan)[0]).toMatch(sentence)
    const verdict = await app.services.assistant.botAdmin.verdict(1, `${juan}@s.whatsapp.net`)
    expect(verdict).toMatchObject({ answer: false, reason: 'human' })
    expect(app.model.requests).toHaveLength(0)
  },
)

test.each([
  ['refuses', { status: 404 }],
  ['breaks', { status: 500 }],
  ['hears nothing', { text: ' ' }],
  ['answers something else', { raw: '{"words":1}' }],
  ['hangs', { hang: true }],
])('a transcription that %s ends in the same word', async (_, heard) => {
  await start({ senses: ears, media: reader(voice()), timeoutMs: 200 })
  app.model.hear = () => heard
  expect((await sends('audio')).record).toMatchObject({ outcome: 'answered', reason: 'cannot_hear' })
})

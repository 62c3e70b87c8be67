import { describe, expect, test } from 'vitest'
import {
  MediaError,
  fits,
  isMediaKind,
  isVoiceNote,
  kindOf,
  mediaKinds,
  mediaReasons,
  allowsCaption,
  withPreview,
} from '../../../src/features/media/media.ts'
import type { MediaPreview, MediaReason } from '../../../src/features/media/media.ts'

describe('a file of type', () => {
  test.each([
    ['image/jpeg', 'image'],
    ['image/png', 'image'],
    ['image/webp', 'document'],
    ['image/svg+xml', 'document'],
    ['video/mp4', 'video'],
    ['video/3gpp', 'video'],
    ['video/quicktime', 'document'],
    ['audio/mpeg', 'audio'],
    ['application/pdf', 'document'],
    ['', 'document'],
  ])('%s is sent as %s', (mimeType, kind) => {
    expect(kindOf(mimeType)).toBe(kind)
  })

  test.each([
    ['image/jpeg', ['image', 'document']],
    ['image/webp', ['image', 'document', 'sticker']],
    ['video/quicktime', ['video', 'document']],
    ['audio/ogg', ['audio', 'document']],
    ['application/pdf', ['document']],
  ])('%s may be sent as %j', (mimeType, kinds) => {
    expect(mediaKinds.filter((kind) => fits(kind, mimeType))).toEqual(kinds)
  })

  test.each([
    ['audio/ogg; codecs=opus', true],
    ['audio/ogg;codecs=opus', true],
    ['audio/ogg', false],
    ['audio/ogg; codecs=vorbis', false],
    ['audio/mpeg', false],
  ])('%s is a voice note: %s', (mimeType, is) => {
    expect(isVoiceNote(mimeType)).toBe(is)
  })
})

test('sounds and stickers have no caption, and every other kind of file has one', () => {
  expect(mediaKinds.filter(allowsCaption)).toEqual(['image', 'video', 'document'])
})

test('only kinds of messages with a file are kinds of media', () => {
  expect(['image', 'sticker', 'text', 'poll', ''].filter(isMediaKind)).toEqual(['image', 'sticker'])
})

describe('the preview of a file', () => {
  const preview: MediaPreview = { width: 640, height: 480, seconds: 12, animated: true, waveform: 'AAAA' }
  const facts = { width: null, height: null, seconds: null, animated: false, voice: false }

  test('adds size and duration to what the message says, and no waveform to music', () => {
    const full = withPreview({ ...facts } as Parameters<typeof withPreview>[0], preview)
    expect(full).toEqual({ ...facts, width: 640, height: 480, seconds: 12, animated: true })
  })

  test('gives a voice note its waveform, and leaves the duration that the message states', () => {
    const said = { ...facts, voice: true, seconds: 7 } as Parameters<typeof withPreview>[0]
    expect(withPreview(said, preview)).toMatchObject({ seconds: 7, waveform: 'AAAA' })
  })
})

test.each(Object.keys(mediaReasons) as MediaReason[])(
  'a file that is not here because of %s says it in a sentence',
  (reason) => {
    const error = new MediaError(reason)
    expect(error.message).toMatch(/^[A-Z].*\.$/)
    expect(mediaReasons[error.reason].tries).toBeGreaterThan(0)
  },
)

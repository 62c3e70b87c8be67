import { describe, expect, test } from 'vitest'
import { filmFacts } from '../../../../src/features/media/preview/mp4.ts'
import { soundSeconds } from '../../../../src/features/media/preview/sound-length.ts'
import { waveformOf } from '../../../../src/features/media/preview/waveform.ts'
import { filmOf } from '../../../support/files.ts'
import { reading } from '../../../support/open-file.ts'
import { recording } from '../../../support/pictures.ts'

describe('the columns of a voice note', () => {
  const columns = (bytes: Uint8Array, seconds = 1) => reading(bytes, (file) => waveformOf(file, seconds))

  test('are low where it is soft and high where it is loud', async () => {
    const found = [...((await columns(recording)) ?? [])]
    expect(found).toHaveLength(64)
    expect(Math.max(...found)).toBe(100)
    expect(Math.max(...found.slice(4, 28))).toBeLessThan(20)
    expect(Math.min(...found.slice(36, 60))).toBeGreaterThan(50)
  })

  test('are found in parts of a long one, too', async () => {
    expect(await columns(recording, 3600)).toHaveLength(64)
  })

  test('of what is broken or none are none', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('OggS'), recording.subarray(0, 60)]) {
      expect(await columns(bytes)).toBeNull()
    }
    for (let at = 0; at < recording.length; at += 151) {
      const damaged = Buffer.from(recording)
      damaged[at] = (damaged[at] ?? 0) ^ 0xa5
      const found = await columns(damaged).catch(() => null)
      expect(found === null || found.length === 64).toBe(true)
    }
  })
})

describe('how long music plays', () => {
  const seconds = (bytes: Uint8Array, type: string) => reading(bytes, (file) => soundSeconds(file, type))
  /** MPEG 1 layer III, 128 kbit/s, 44.1 kHz. */
  const frame = Buffer.concat([Buffer.from('fffb9064', 'hex'), Buffer.alloc(413)])
  const many = (count: number) => Buffer.concat(Array.from({ length: count }, () => frame))

  test('is told by the size of an MP3, behind its titles', async () => {
    const titles = Buffer.concat([Buffer.from('49443303000000000f76', 'hex'), Buffer.alloc(2038)])
    expect(await seconds(Buffer.concat([titles, many(383)]), 'audio/mpeg')).toBe(10)
  })

  test('is told by the first frame, where the others differ in size', async () => {
    const first = Buffer.from(frame)
    first.write('Xing', 36)
    first.writeUInt32BE(1, 40)
    first.writeUInt32BE(2297, 44)
    expect(await seconds(Buffer.concat([first, many(10)]), 'audio/mpeg')).toBe(60)
  })

  test('is told by the head of a WAV and of an M4A', async () => {
    const head = Buffer.from(
      '524946460000000057415645666d7420100000000100010080bb000000770100020010006461746100000000',
      'hex',
    )
    head.writeUInt32LE(3 * 96_000, 40)
    expect(await seconds(Buffer.concat([head, Buffer.alloc(3 * 96_000)]), 'audio/wav')).toBe(3)
    expect(await seconds(filmOf({ seconds: 75 }), 'audio/mp4')).toBe(75)
  })

  test('is not known of the rest', async () => {
    for (const type of ['audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac']) {
      expect(await seconds(Buffer.alloc(3000, 'no music '), type)).toBeNull()
      expect(await seconds(Buffer.alloc(0), type)).toBeNull()
    }
  })
})

describe('a film', () => {
  const facts = (bytes: Uint8Array) => reading(bytes, filmFacts)

  test('says how large it is shown and how long it is, behind its pictures, too', async () => {
    const film = { seconds: 12, width: 1280, height: 720 }
    expect(await facts(filmOf(film))).toEqual(film)
    expect(await facts(filmOf({ ...film, turned: true }))).toEqual({ seconds: 12, width: 720, height: 1280 })
  })

  test('that is broken says nothing, and is not read for ever', async () => {
    const nothing = { seconds: null, width: null, height: null }
    const endless = Buffer.concat(Array.from({ length: 3000 }, () => Buffer.from('000000086d6f6f76', 'hex')))
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(100), endless, Buffer.from('00000000moov')]) {
      expect(await facts(bytes)).toEqual(nothing)
    }
  })
})

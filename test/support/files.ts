import type { IncomingMessage, ServerResponse } from 'node:http'

/** The beginnings of real files, as far as their type is told by them. */
export const jpeg = Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  Buffer.alloc(500, 3),
])
export const mp4 = Buffer.concat([
  Buffer.from('000000186674797069736f6d0000020069736f6d69736f32', 'hex'),
  Buffer.alloc(2000, 5),
])
/** One second of Ogg Opus: the first page, and a last one that counts 48,000 samples. */
export const ogg = Buffer.concat([
  Buffer.from('4f67675300020000000000000000000000000000000000000000011e', 'hex'),
  Buffer.from('OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00', 'latin1'),
  Buffer.from('4f676753000480bb00000000000001000000000000000000000000', 'hex'),
])

/** A file server's answers that are no picture, each with the reason that is given for it. */
export const hostileAnswers = [
  [
    'a redirect to this machine',
    'private_address',
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/secret' }).end()
    },
  ],
  [
    'redirects without end',
    'refused',
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(302, { location: '/hostile' }).end()
    },
  ],
  [
    'HTML as a picture',
    'wrong_type',
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end('<html></html>')
    },
  ],
  [
    'a body without end',
    'too_large',
    (_: IncomingMessage, response: ServerResponse) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', more)
      more()
    },
  ],
  ['an error', 'no_access', (_: IncomingMessage, response: ServerResponse) => response.writeHead(403).end()],
] as const

/** The parts of an MP4 that tell something, behind some that do not. */
export function filmOf(film: { seconds: number; width?: number; height?: number; turned?: boolean }): Buffer {
  const box = (type: string, ...parts: Buffer[]) => {
    const body = Buffer.concat([Buffer.from(type), ...parts])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length + 4)
    return Buffer.concat([length, body])
  }
  const head = Buffer.alloc(100)
  head.writeUInt32BE(1000, 12)
  head.writeUInt32BE(film.seconds * 1000, 16)
  const track = Buffer.alloc(84)
  // Turned by a right angle or not at all: the first two numbers of a matrix.
  track.writeInt32BE(0x10000, film.turned === true ? 44 : 40)
  track.writeUInt32BE(((film.width ?? 0) << 16) >>> 0, 76)
  track.writeUInt32BE(((film.height ?? 0) << 16) >>> 0, 80)
  const brand = Buffer.from('69736f6d0000020069736f6d69736f32', 'hex')
  const sound = box('trak', box('tkhd', Buffer.alloc(84)))
  return Buffer.concat([
    box('ftyp', brand),
    box('mdat', Buffer.alloc(3000, 5)),
    box('moov', box('mvhd', head), box('trak', box('tkhd', track)), sound),
  ])
}

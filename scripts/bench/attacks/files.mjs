// Files that are more than they seem, come too slowly, or are too many.
import { randomBytes } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { account, drip, filled } from './arena.mjs'
import { startDaemon, temporaryFolder } from '../lib.mjs'

const upload = (arena, bytes, name, more = {}) =>
  arena.ask(`/api/v1/media?fileName=${name}`, { method: 'POST', raw: bytes, ...more })

const sendFile = (arena, to, id, type) =>
  arena.ask('/api/v1/send', { method: 'POST', body: { to, media: { id, type } } })

const quota = {
  name: 'uploads beyond the bytes of a day',
  async act(arena) {
    const { key } = await arena.newKey()
    const statuses = []
    for (let n = 0; n < 3; n++) {
      const { status } = await upload(arena, randomBytes(30 * 2 ** 20), 'a.bin', { key })
      statuses.push(status)
    }
    arena.holds(statuses.join() === '201,201,429', `the third is refused (they were ${statuses.join()})`)
    const { status } = await upload(arena, 'small', 'a.txt')
    arena.holds(status === 201, 'another key uploads')
  },
}

const reserve = {
  name: 'uploads where the rest of the disk is for the databases',
  async act(arena) {
    const full = await startDaemon(arena.network, temporaryFolder(), { ZAGUAN_DATA__RESERVE_MB: '1000000' })
    const { base } = full
    const created = await arena.ask('/api-management/keys', {
      method: 'POST',
      body: { name: 'filler', scopes: ['full'], accountId: 1 },
      base,
    })
    const { id, key } = JSON.parse(created.text)
    const refused = await upload(arena, randomBytes(2 ** 20), 'a.bin', { key, base })
    arena.holds(refused.status === 507, `a file is refused (it was ${refused.status})`)
    arena.holds((await arena.ask('/api/v1/chats', { key, base })).status === 200, 'lists are given')
    const gone = await arena.ask(`/api-management/keys/${id}`, { method: 'DELETE', base })
    arena.holds(gone.status === 200, 'the key can be taken away')
    full.child.kill()
    await full.child.ended
  },
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

function crcOf(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type), data])
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  crc.writeUInt32BE(crcOf(named))
  return Buffer.concat([length, named, crc])
}

function pngOf(side, pixels, { depth = 8, interlaced = false } = {}) {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head.set([depth, 2, 0, 0, interlaced ? 1 : 0], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const data = deflateSync(pixels, { level: 1 })
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

/** A black picture that is small in a file and large in memory. */
function pngBomb(side, { depth, interlaced }) {
  // Interlaced, some lines more begin with a byte of their own.
  return pngOf(side, Buffer.alloc(side * ((side * 3 * depth) / 8 + 4)), { depth, interlaced })
}

/** Headers that promise what does not follow. */
const lies = {
  'a.png': pngOf(60_000, Buffer.alloc(100_000)),
  'a.gif': Buffer.concat([Buffer.from('GIF89affffffff', 'latin1'), randomBytes(2000)]),
  'b.gif': Buffer.from(
    `474946383961ffffffff80000000000000ffffff${'2c00000000ffffffff00020244010021f904'.repeat(2000)}3b`,
    'hex',
  ),
  'c.webp': Buffer.concat([
    Buffer.from('524946460400ffff5745425056503858ffffffff10000000ffff3fffff3f', 'hex'),
    randomBytes(2000),
  ]),
  'd.jpg': Buffer.from(
    `ffd8ffe000104a46494600010100000100010000ffc2001108ffffffff03012200021101031101${'ffda000c0301000210031000013f00'.repeat(3000)}`,
    'hex',
  ),
  'e.mp4': Buffer.concat([
    Buffer.from(
      '0000001866747970697336d6700000000069736f6d6d703432000000016d6f6f76ffffffffffffffff'.padEnd(84, '0'),
      'hex',
    ),
    Buffer.from('000000086d6f6f76'.repeat(50_000), 'hex'),
  ]),
  'f.ogg': Buffer.from(
    '4f6767530002ffffffffffffffff01000000000000000000000001134f70757348656164ff02380180bb0000000000'.repeat(
      5000,
    ),
    'hex',
  ),
  'g.zip': Buffer.concat([
    Buffer.from('504b0304140000000800', 'hex'),
    Buffer.alloc(16, 255),
    Buffer.from('ffff', 'hex'),
    Buffer.from(filled('[Content_Types].xml', 60_000)),
  ]),
  'h.wav': Buffer.from(`52494646ffffffff57415645${'666d742000000000'.repeat(20_000)}`, 'hex'),
  'i.mp3': Buffer.concat([Buffer.from('494433040000ffffffff', 'hex'), Buffer.alloc(200_000, 255)]),
  'j.pdf': Buffer.from(`%PDF-1.7\n${filled('1 0 obj<<', 200_000)}`),
}

const pictures = {
  name: 'pictures of 64 million pixels, and files whose headers lie, in both directions',
  async act(arena) {
    const phone = await arena.silentCustomer()
    const bombs = {
      'deep.png': pngBomb(7900, { depth: 16, interlaced: true }),
      'wide.png': pngBomb(4000, { depth: 8, interlaced: true }),
    }
    const files = Object.entries({ ...bombs, ...lies })
    const answers = await Promise.all(files.map(([name, bytes]) => upload(arena, bytes, name)))
    for (const [at, { status, text }] of answers.entries()) {
      const [name] = files[at]
      arena.holds(
        status === 201 || status === 429 || status === 400,
        `${name} is answered (it was ${status})`,
      )
      if (status === 201) {
        const sent = await sendFile(arena, phone, JSON.parse(text).id)
        arena.holds(sent.status < 500, `${name} is sent or refused (it was ${sent.status})`)
      }
    }
    for (const [name, bytes] of files) {
      const kind = /png|gif|webp|jpg/.test(name)
        ? 'image'
        : /mp4/.test(name)
          ? 'video'
          : /ogg|wav|mp3/.test(name)
            ? 'audio'
            : 'document'
      await arena.control.sendMediaAsCustomer(phone, account, {
        kind,
        data: bytes.toString('base64'),
        fileName: name,
      })
    }
    await arena.comes(
      'all are here',
      async () => {
        const all = (await arena.texts(phone)).filter(
          ({ direction, media }) => direction === 'incoming' && media,
        )
        return all.length === files.length && all.every(({ media }) => media?.status !== 'pending')
      },
      30_000,
    )
  },
}

const drips = {
  name: 'files from 12 addresses that drip, while a customer sends a picture',
  async act(arena) {
    const phone = await arena.customer()
    const url = await arena.serve((req, res) => {
      res.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': '50000000' })
      drip(res, 500)
    })
    for (let n = 0; n < 12; n++)
      await arena.ask('/api/v1/send', {
        method: 'POST',
        body: { to: phone, media: { url: `${url}/${n}.jpg` } },
      })
    await arena.control.sendMediaAsCustomer(phone, account, {
      kind: 'document',
      size: 100_000,
      fileName: 'mine.bin',
    })
    await arena.comes('it is here', async () =>
      (await arena.texts(phone)).some(
        ({ media }) => media?.fileName === 'mine.bin' && media.status === 'ready',
      ),
    )
  },
}

export const fileIdeas = [quota, reserve, drips, pictures]

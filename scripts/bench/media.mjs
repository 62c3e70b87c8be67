// A file of 60 MB in and out: how fast, and what it costs in memory, beside a plain copy of the same bytes on the disk.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  account,
  call,
  key,
  link,
  median,
  pause,
  round,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
  usage,
} from './lib.mjs'

const customer = '5491155550000'
const size = 60 * 1024 * 1024
const rounds = 3

async function hashOf(stream) {
  const hash = createHash('sha256')
  for await (const piece of stream) hash.update(piece)
  return hash.digest('hex')
}

/** Writes bytes that do not compress. */
async function makeFile(path) {
  const { randomFillSync } = await import('node:crypto')
  const piece = Buffer.alloc(1024 * 1024)
  const pieces = function* () {
    for (let n = 0; n < size / piece.length; n++) yield Buffer.from(randomFillSync(piece))
  }
  await pipeline(pieces, createWriteStream(path))
}

/** The highest RSS of the process while `work` runs, and how long that took. */
async function measured(pid, work) {
  let peak = usage(pid).rssMiB
  const watch = setInterval(() => (peak = Math.max(peak, usage(pid).rssMiB)), 20)
  const began = performance.now()
  try {
    const result = await work()
    return { result, ms: performance.now() - began, peak }
  } finally {
    clearInterval(watch)
  }
}

const fileOf = async (base) => {
  const { body } = await call(base, `/api/v1/chats/${customer}/messages?limit=1`)
  return body.messages?.[0]?.media
}

async function receive({ base, control }, path, name) {
  await control.sendMediaAsCustomer(customer, account, { kind: 'document', path, fileName: name })
  return until('the file is here', async () => {
    const media = await fileOf(base)
    return media?.fileName === name && media.status === 'ready' && media
  })
}

async function upload(base, path, name) {
  const response = await fetch(`${base}/api/v1/media?fileName=${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/octet-stream' },
    body: createReadStream(path),
    duplex: 'half',
  })
  return (await response.json()).id
}

async function sendFile({ base, control }, id) {
  const { total } = await control.received(customer, 0, 0)
  await call(base, '/api/v1/send', {
    method: 'POST',
    body: { to: customer, media: { id, type: 'document' } },
  })
  const page = await until('the file has arrived', async () => {
    const found = await control.received(customer, 0, 500)
    return found.total > total && found
  })
  return page.messages.at(-1).media.sha256
}

const perSecond = (ms) => size / 1024 / 1024 / (ms / 1000)

/** A daemon of its own, linked, with a file of 60 MB and a small one beside it. */
async function begin() {
  const network = await startSandbox()
  const { control } = network
  await control.createCustomer(customer, { name: 'Bench' })
  const folder = temporaryFolder()
  const { caFile } = await control.info()
  const { child, base } = await startDaemon(network, folder, { NODE_EXTRA_CA_CERTS: caFile })
  await link(base, control)
  const path = join(folder, 'film.bin')
  const small = join(folder, 'small.bin')
  await makeFile(path)
  await pipeline(createReadStream(path, { end: 99_999 }), createWriteStream(small))
  return { base, control, pid: child.pid, folder, path, small }
}

const sizeOf = ({ pid }) => usage(pid).rssMiB

/** Measures the memory for a process's first file, including the libraries that it loads. */
async function first(scene, work) {
  const idle = sizeOf(scene)
  const { peak } = await measured(scene.pid, work)
  return peak - idle
}

/** Several files in each direction, one after the other, after a small one: each way's time, and its peak above idle. */
async function several(scene) {
  const { base, pid, path, small, folder } = scene
  await receive(scene, small, 'small.bin')
  await sendFile(scene, await upload(base, small, 'other.bin'))
  await pause(3000)
  const idle = sizeOf(scene)
  const expected = await hashOf(createReadStream(path))
  const seen = { in: [], upload: [], out: [], copy: [] }
  for (let n = 0; n < rounds; n++) {
    const began = performance.now()
    await pipeline(createReadStream(path), createWriteStream(join(folder, `copy-${n}`)))
    seen.copy.push({ ms: performance.now() - began, peak: 0 })
    seen.in.push(await measured(pid, () => receive(scene, path, `film-${n}.bin`)))
    const stored = await fileOf(base)
    const got = await hashOf((await fetch(stored.url)).body)
    const handed = await measured(pid, () => upload(base, path, `out-${n}.bin`))
    seen.upload.push(handed)
    const sent = await measured(pid, () => sendFile(scene, handed.result))
    seen.out.push(sent)
    if (got !== expected || sent.result !== expected) throw new Error('the file is not what it was')
  }
  return { seen, growth: (name) => Math.max(...seen[name].map(({ peak }) => peak)) - idle }
}

export async function media() {
  const [taker, giver, scene] = await Promise.all([begin(), begin(), begin()])
  // By then they have given back what only their start needed.
  await pause(24_000)
  const coldIn = await first(taker, () => receive(taker, taker.path, 'film.bin'))
  const coldOut = await first(giver, async () =>
    sendFile(giver, await upload(giver.base, giver.path, 'film.bin')),
  )
  const { seen, growth } = await several(scene)
  const speed = (name) => median(seen[name].map(({ ms }) => perSecond(ms)))
  const row = (figure, name, aim = '') => ({
    figure,
    ours: round(speed(name)),
    beside: round(speed('copy')),
    ratio: round(speed(name) / speed('copy'), 2),
    aim,
  })
  const memory = (figure, mebibytes) => ({
    figure,
    ours: round(mebibytes),
    beside: '',
    ratio: '',
    aim: '< 20',
  })
  const more = `RSS growth through ${rounds} files of 60 MB each way, after a small one, while they`
  return [
    row('60 MB in (sent, fetched, stored), MB/s beside a copy', 'in'),
    row('60 MB handed in by POST /media, MB/s beside a copy', 'upload'),
    row('60 MB out (encrypted, uploaded, opened), MB/s beside a copy', 'out'),
    memory('RSS growth while the first file ever, 60 MB, comes in, MiB', coldIn),
    memory('RSS growth while the first file ever, 60 MB, is handed in and goes out, MiB', coldOut),
    memory(`${more} come in, MiB`, growth('in')),
    memory(`${more} are handed in, MiB`, growth('upload')),
    memory(`${more} go out, MiB`, growth('out')),
  ]
}

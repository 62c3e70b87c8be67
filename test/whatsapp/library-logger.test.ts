import { Writable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { makeLogger } from '../../src/util/logger.ts'
import type { LogLevel } from '../../src/util/logger.ts'
import { libraryLogger, silenceConsole } from '../../src/whatsapp/connection/library-logger.ts'

async function logger(level: LogLevel = 'debug') {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    },
  })
  return { library: libraryLogger(await makeLogger({ level, format: 'json' }, stream)), lines }
}

const secret = {
  jid: '5491112345678@s.whatsapp.net',
  node: { privKey: 'tortuga' },
  err: new Error('tortuga'),
}

test('no field of the library gets into the log, only its sentence, masked', async () => {
  const { library, lines } = await logger()
  library.warn(secret, 'no session for 5491112345678')
  library.error(secret, 'closed')
  library.child({ secret }).error(secret)
  expect(lines.map(({ msg, library: name }) => [msg, name])).toEqual([
    ['no session for 5491…78', 'baileys'],
    ['closed', 'baileys'],
    ['no text', 'baileys'],
  ])
  expect(JSON.stringify(lines)).not.toMatch(/tortuga|5491112345678/)
})

test('a single sentence of the library is logged, and never a page', async () => {
  const { library, lines } = await logger()
  library.warn('careful')
  library.error({}, 'x'.repeat(10_000))
  expect(lines[0]).toMatchObject({ msg: 'careful' })
  expect(String(lines[1]?.['msg']).length).toBe(300)
})

test('lines below a warning are dropped', async () => {
  const { library, lines } = await logger('trace')
  library.trace(secret, 'a')
  library.debug(secret, 'b')
  library.info(secret, 'c')
  expect(lines).toEqual([])
  expect(library.level).toBe('warn')
})

test('lines about events that our own flows report are for debugging only', async () => {
  const { library, lines } = await logger('info')
  for (const text of ['failed to decrypt message', 'stream errored out', 'connection errored']) {
    library.error(secret, text)
  }
  library.error(secret, 'something new')
  expect(lines.map(({ msg }) => msg)).toEqual(['something new'])
})

test('libsignal can print nothing', () => {
  const original = { ...console }
  const written: unknown[] = []
  const write = process.stdout.write.bind(process.stdout)
  onTestFinished(() => {
    Object.assign(console, original)
    process.stdout.write = write
  })
  silenceConsole()
  process.stdout.write = ((chunk: unknown) => written.push(chunk) > 0) as typeof process.stdout.write
  // This is how libsignal prints.
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    console[method]('privKey', secret)
  expect(written).toEqual([])
})

import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { makeLogger, maskDigits, serializeError } from '../../src/util/logger.ts'
import type { LogLevel } from '../../src/util/logger.ts'

async function logTo(level: LogLevel) {
  const written: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString())
      done()
    },
  })
  return { log: await makeLogger({ level, format: 'json' }, stream), written }
}

test('a number is masked to what tells two apart and cannot be dialled', () => {
  expect(maskDigits('5491112345678@s.whatsapp.net wrote to 123456789012345@lid')).toBe(
    '5491…78@s.whatsapp.net wrote to 1234…45@lid',
  )
  expect(maskDigits('status 401 after 30000 ms')).toBe('status 401 after 30000 ms')
})

test('an error is logged with its type, its code and its chain of causes, all masked', () => {
  const root = Object.assign(new TypeError('cannot reach 5491112345678'), { code: 'ECONNREFUSED' })
  const error = new Error('send to 5491112345678 failed', { cause: root })
  expect(serializeError(error)).toMatchObject({
    type: 'Error',
    message: 'send to 5491…78 failed',
    cause: { type: 'TypeError', code: 'ECONNREFUSED', message: 'cannot reach 5491…78' },
  })
})

test('no line of a message gets into the log through the stack', () => {
  const error = new Error('it said:\n5491112345678 wrote\n    at home: mi clave es tortuga')
  const { stack } = serializeError(error) as { stack: string }
  expect(stack).toContain('logger.test.ts')
  expect(stack).not.toContain('5491112345678')
  expect(stack).not.toContain('tortuga')
})

test('a thrown value that is no error is logged as masked text', () => {
  expect(serializeError('no device for 5491112345678')).toBe('no device for 5491…78')
  expect(serializeError(undefined)).toBe('undefined')
  expect(serializeError(Object.create(null))).toBe('[object]')
})

test('a chain of causes that leads back to itself comes to an end', () => {
  const error = new Error('a')
  error.cause = new Error('b', { cause: error })
  const text = JSON.stringify(serializeError(error))
  expect(text.length).toBeLessThan(20_000)
  expect(text).toContain('"message":"b"')
})

test('a log line is JSON with its fields; nothing below the level is written', async () => {
  const { log, written } = await logTo('info')
  log.debug('not this')
  log.warn({ account: 1, err: new Error('5491112345678') }, 'lost')
  expect(written).toHaveLength(1)
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    account: 1,
    msg: 'lost',
    err: { type: 'Error', message: '5491…78' },
  })
})

test('a silent logger writes nothing at all', async () => {
  const { log, written } = await logTo('silent')
  log.error('nothing')
  log.fatal('nothing')
  expect(written).toEqual([])
})

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { loadSecretKey } from '../../src/util/secret-key.ts'
import type { KeySource } from '../../src/util/secret-key.ts'

let dir: string
let outside: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'zaguan-key-'))
  outside = mkdtempSync(join(tmpdir(), 'zaguan-outside-'))
  onTestFinished(() => [dir, outside].forEach((path) => rmSync(path, { recursive: true })))
})

const load = (source: KeySource = {}, isSealed = false) => loadSecretKey(dir, source, () => isSealed)
const stored = () => readFileSync(join(dir, 'secret.key'), 'utf8')
function fileOf(name: string, text: string): string {
  const path = join(outside, name)
  writeFileSync(path, text)
  return path
}
const passphraseFile = (text = 'correct horse battery\n') => fileOf(`pass-${text.length}`, text)
const keyFile = (byte = 7) => fileOf(`key-${byte}`, `${Buffer.alloc(32, byte).toString('base64')}\n`)

describe('without a key or a passphrase from outside', () => {
  test('the key is made once and readable by its owner alone', () => {
    const key = load()
    expect(key).toHaveLength(32)
    expect(load({}, true)).toEqual(key)
    expect(statSync(join(dir, 'secret.key')).mode & 0o777).toBe(0o600)
  })

  test('a key that is missing beside what it sealed is not made anew', () => {
    expect(() => load({}, true)).toThrow(/secret\.key is missing.*backup.*sessions\.db/)
    expect(existsSync(join(dir, 'secret.key'))).toBe(false)
  })

  test('a damaged key is refused and left as it is', () => {
    writeFileSync(join(dir, 'secret.key'), 'short')
    expect(() => load()).toThrow(/damaged/)
    expect(stored()).toBe('short')
  })
})

describe('with a passphrase', () => {
  test('the key stays the same, and its file alone is worth nothing', () => {
    const key = load()
    const plain = stored().trim()
    expect(load({ passphraseFile: passphraseFile() })).toEqual(key)
    expect(stored()).not.toContain(plain)
    expect(load({ passphraseFile: passphraseFile('correct horse battery') }, true)).toEqual(key)
    expect(() => load({ passphraseFile: passphraseFile('another passphrase') }, true)).toThrow(
      /another passphrase/,
    )
    expect(() => load({}, true)).toThrow(/set secrets\.passphraseFile/)
    expect(() => load({ keyFile: keyFile() }, true)).toThrow(/set secrets\.passphraseFile/)
  })

  test('nothing readable is ever written where that was set before the first start', () => {
    const source = { passphraseFile: passphraseFile() }
    const key = load(source)
    expect(stored()).not.toContain(key.toString('base64'))
    expect(load(source)).toEqual(key)
  })

  test('the start is refused with the name of the setting where that is short or missing', () => {
    expect(() => load({ passphraseFile: passphraseFile('short') })).toThrow(
      /secrets\.passphraseFile.*fewer than 8/,
    )
    expect(() => load({ passphraseFile: join(outside, 'none') })).toThrow(
      /secrets\.passphraseFile.*cannot be read/,
    )
  })
})

describe('with a key from outside', () => {
  test('the folder has none of its own', () => {
    expect(load({ keyFile: keyFile() })).toEqual(Buffer.alloc(32, 7))
    expect(existsSync(join(dir, 'secret.key'))).toBe(false)
    expect(load({ keyFile: fileOf('hex', '07'.repeat(32)) }, true)).toEqual(Buffer.alloc(32, 7))
  })

  test('a key that was there before is sealed with it and stays the same', () => {
    const key = load()
    const plain = stored().trim()
    expect(load({ keyFile: keyFile() }, true)).toEqual(key)
    expect(stored()).not.toContain(plain)
    expect(load({ keyFile: keyFile() }, true)).toEqual(key)
    expect(() => load({ keyFile: keyFile(8) }, true)).toThrow(/sealed with another key/)
    expect(() => load({}, true)).toThrow(/set secrets\.keyFile/)
  })

  test('the gateway goes on where that was moved out of the folder', () => {
    const key = load()
    const path = fileOf('moved', stored())
    rmSync(join(dir, 'secret.key'))
    expect(load({ keyFile: path }, true)).toEqual(key)
  })

  test('the start is refused with how to make one where that is invalid', () => {
    expect(() => load({ keyFile: fileOf('short', 'c2hvcnQ=') })).toThrow(/secrets\.keyFile.*openssl rand/)
    expect(() => load({ keyFile: join(outside, 'none') })).toThrow(/secrets\.keyFile.*cannot be read/)
    expect(() => load({ keyFile: keyFile(), passphraseFile: passphraseFile() })).toThrow(/one of them/)
  })
})

import { randomBytes, scryptSync } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SecretBox } from './secret-box.ts'

/** Where the key comes from, beside the data folder; at most one of the two. */
export interface KeySource {
  /** A file with a key of 32 bytes. */
  keyFile?: string | null
  /** A file with a passphrase. */
  passphraseFile?: string | null
}

const keyName = 'secret.key'
const use = 'the key of the data folder'
/** 32 MiB and a tenth of a second of a usual machine, at the start alone. */
const scryptCost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const minPassphrase = 8
const maxFileBytes = 64 * 1024

/**
 * Opens what a data folder is sealed with, as `loadSecretKey`. Without more it is for a folder of which nothing is known.
 * @throws Error as there
 */
export function openSecretBox(
  dir: string,
  source: KeySource = {},
  isSealed: () => boolean = () => false,
): SecretBox {
  return new SecretBox(loadSecretKey(dir, source, isSealed))
}

/** What seals the key of the folder: the other key, or one that is made of a passphrase and a salt. */
type Outer = { kind: 'file'; key: Buffer } | { kind: 'passphrase'; text: Buffer }

/**
 * Loads the key that opens what is sealed in a data folder. It lies in the folder as `secret.key`, made where it is missing and
 * sealed where a key or a passphrase comes from outside; or it is the key from outside itself, where the folder has none.
 * `isSealed` tells whether something in the folder was sealed with an earlier key.
 * @throws Error in words for the owner, also where the key is missing and something is sealed: a new one would open nothing
 */
export function loadSecretKey(dir: string, source: KeySource, isSealed: () => boolean): Buffer {
  const file = join(dir, keyName)
  const outer = outerOf(source)
  const text = readText(file)
  if (text === undefined) {
    if (outer?.kind === 'file') return outer.key
    if (isSealed()) throw new Error(missing(dir))
    return keep(file, randomBytes(32), outer)
  }
  chmodSync(file, 0o600)
  const [mark, kind, salt = '', sealed = ''] = text.trim().split(' ')
  if (mark === 'sealed') return unseal({ file, kind, salt, sealed }, outer)
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32) throw new Error(`${file} is damaged: put back a copy of it.`)
  return outer === undefined ? key : keep(file, key, outer)
}

function unseal(
  { file, kind, salt, sealed }: { file: string; kind: string | undefined; salt: string; sealed: string },
  outer: Outer | undefined,
): Buffer {
  const setting = kind === 'passphrase' ? 'secrets.passphraseFile' : 'secrets.keyFile'
  if (outer === undefined || outer.kind !== kind) {
    throw new Error(`${file} is sealed: set ${setting}, with which it was sealed.`)
  }
  const text = innerKeyOf(outer, salt).open(sealed, use)
  if (text === undefined) {
    throw new Error(
      `${file} does not open: ${setting} names another ${outer.kind === 'file' ? 'key' : 'passphrase'} than the one it was sealed with.`,
    )
  }
  return Buffer.from(text, 'base64')
}

function innerKeyOf(outer: Outer, salt: string): SecretBox {
  if (outer.kind === 'file') return new SecretBox(outer.key)
  return new SecretBox(scryptSync(outer.text, Buffer.from(salt, 'base64url'), 32, scryptCost))
}

/** Writes the key, sealed where something comes from outside. @returns the key */
function keep(file: string, key: Buffer, outer: Outer | undefined): Buffer {
  const plain = key.toString('base64')
  if (outer === undefined) {
    writeSafely(file, `${plain}\n`)
    return key
  }
  const salt = randomBytes(16).toString('base64url')
  writeSafely(file, `sealed ${outer.kind} ${salt} ${innerKeyOf(outer, salt).seal(plain, use)}\n`)
  return key
}

function outerOf({ keyFile = null, passphraseFile = null }: KeySource): Outer | undefined {
  if (keyFile !== null && passphraseFile !== null) {
    throw new Error('secrets.keyFile and secrets.passphraseFile exclude one another: set one of them.')
  }
  if (keyFile !== null) return { kind: 'file', key: readOuterKey(keyFile) }
  if (passphraseFile === null) return undefined
  // An editor puts a line's end behind it.
  const text = readOutside('secrets.passphraseFile', passphraseFile).replace(/[\r\n]+$/, '')
  if (text.length < minPassphrase) {
    throw new Error(
      `secrets.passphraseFile: the passphrase in ${passphraseFile} has fewer than ${minPassphrase} characters.`,
    )
  }
  return { kind: 'passphrase', text: Buffer.from(text.normalize('NFC')) }
}

function readOuterKey(path: string): Buffer {
  const text = readOutside('secrets.keyFile', path).trim()
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (key.length === 32) return key
  throw new Error(
    `secrets.keyFile: ${path} has no key of 32 bytes in base64. Make one with "openssl rand -base64 32 > ${path}".`,
  )
}

function readOutside(setting: string, path: string): string {
  try {
    const bytes = readFileSync(path)
    if (bytes.length > maxFileBytes) throw new Error('it is too large')
    return bytes.toString('utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${setting}: ${path} cannot be read (${why}).`, { cause: error })
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function missing(dir: string): string {
  return (
    `${join(dir, keyName)} is missing, and without it the link to WhatsApp and the secrets of webhooks in ${dir} cannot be opened. ` +
    'Put it back from a backup. Where it is lost for good, move sessions.db away: the phone is then linked anew, and webhooks need new secrets.'
  )
}

/** Either the former content or the new one is on the disk, whatever happens. */
function writeSafely(file: string, text: string): void {
  const draft = `${file}.new`
  const handle = openSync(draft, 'w', 0o600)
  try {
    writeSync(handle, text)
    // A secret that is in the database with a key that is not on the disk would be lost in a power cut.
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
}

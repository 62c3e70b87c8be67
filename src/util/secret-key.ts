import { randomBytes, scryptSync } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SecretBox } from './secret-box.ts'

/** Says where the outside key comes from; at most one of the two is set. */
export interface KeySource {
  /** The path of a file with a 32-byte key. */
  keyFile?: string | null
  /** The path of a file with a passphrase. */
  passphraseFile?: string | null
}

const keyName = 'secret.key'
const use = 'the key of the data folder'
/** 32 MiB and about 0.1 s, once at start-up. */
const scryptCost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const minPassphrase = 8
const maxFileBytes = 64 * 1024

/**
 * Opens the box that seals a data folder; see `loadSecretKey`. Without options, for a folder whose state is unknown.
 * @throws Error as `loadSecretKey` does
 */
export function openSecretBox(
  dir: string,
  source: KeySource = {},
  isSealed: () => boolean = () => false,
): SecretBox {
  return new SecretBox(loadSecretKey(dir, source, isSealed))
}

/** Holds the key of the folder's key: another key, or one derived from a passphrase and a salt. */
type Outer = { kind: 'file'; key: Buffer } | { kind: 'passphrase'; text: Buffer }

/**
 * Loads the key that opens the sealed values of a data folder. The folder holds it as `secret.key`, created if
 * missing and sealed if a key or a passphrase comes from outside; a folder without that file uses the outside key
 * itself. `isSealed` tells whether the folder has values sealed with an earlier key.
 * @throws Error for the owner to read, also if the key is missing while values are sealed: a new key would open
 * nothing
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
    throw new Error(`${file} is sealed: set ${setting} to open it.`)
  }
  const text = innerKeyOf(outer, salt).open(sealed, use)
  if (text === undefined) {
    throw new Error(
      `${file} cannot be opened: it was sealed with another ${outer.kind === 'file' ? 'key' : 'passphrase'}. Correct ${setting}.`,
    )
  }
  return Buffer.from(text, 'base64')
}

function innerKeyOf(outer: Outer, salt: string): SecretBox {
  if (outer.kind === 'file') return new SecretBox(outer.key)
  return new SecretBox(scryptSync(outer.text, Buffer.from(salt, 'base64url'), 32, scryptCost))
}

/** Writes the key, sealed if an outside key or passphrase is given. @returns the key */
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
    throw new Error('secrets.keyFile and secrets.passphraseFile exclude each other: set one of them.')
  }
  if (keyFile !== null) return { kind: 'file', key: readOuterKey(keyFile) }
  if (passphraseFile === null) return undefined
  // Editors append a line end.
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
    'Put it back from a backup. If it is lost for good, move sessions.db away, link the phone again, and give webhooks new secrets.'
  )
}

/** Writes a file atomically: after a crash it holds either the old content or the new. */
function writeSafely(file: string, text: string): void {
  const draft = `${file}.new`
  const handle = openSync(draft, 'w', 0o600)
  try {
    writeSync(handle, text)
    // A secret in the database whose key is not on disk yet would be lost in a power cut.
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
}

import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, rename, rm, rmdir, statfs } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkIntegrity, checkSchemas, describeData } from '../db/backup/copied-data.ts'
import { checkKey, forgetKey, removeLink } from '../db/backup/prepare-restored.ts'
import { databases } from '../db/backup/snapshot.ts'
import { DataFolder, restoringName } from '../db/data-folder.ts'
import { hasSealed } from '../db/sessions/seal.ts'
import { SetupError } from '../core/errors.ts'
import { openSecretBox } from '../util/secret-key.ts'
import type { KeySource } from '../util/secret-key.ts'
import { readArchive } from './archive.ts'
import { damaged, decrypt, isEncrypted } from './cipher.ts'
import { flushPath, writeDurably } from './durable-files.ts'
import { Manifest } from './manifest.ts'
import { hashInPath } from './parts.ts'

/** Says what to restore, and how. */
export interface RestoreRequest {
  source: AsyncIterable<Buffer>
  /** The new data folder: missing or empty. */
  dir: string
  passphrase: string | null
  /** Whether the link to WhatsApp comes along. */
  link: boolean
  /** The folder's key, where the backup has none; null: none is at hand. */
  keyFile: string | null
  /** True: go on without the key. What it sealed opens no more. */
  newKey: boolean
  /** The configured key or passphrase from outside the folder. */
  secrets: KeySource
}

const maxManifestBytes = 8 * 1024 * 1024
const maxSmallBytes = 1024 * 1024
/** Parts of a backup, with their maximum size. A name that is not here is refused: it never becomes a path. */
const parts: Readonly<Record<string, number>> = {
  'zaguan.db': Infinity,
  'sessions.db': Infinity,
  'secret.key': maxSmallBytes,
  'config.yaml': maxSmallBytes,
}

/**
 * Restores a backup into an empty folder. Everything is written beside, checked (hash, integrity, counts, key) and flushed
 * before it moves to its place; until that is finished no gateway starts there, and the restore can be run again.
 * @returns what the backup holds
 * @throws SetupError if the folder is in use or the backup is damaged, incomplete or sealed; the folder is empty then
 */
export async function restoreBackup(request: RestoreRequest): Promise<Manifest> {
  const { dir } = request
  await requireEmpty(dir)
  const work = join(dir, restoringName)
  await mkdir(work, { mode: 0o700 })
  await flushPath(dir)
  try {
    const manifest = await unpack(request, work)
    checkIntegrity(work, true)
    checkCounts(work, manifest)
    if (!request.link) removeLink(work)
    await provideKey(request, work)
    await flushTree(work)
    await moveIntoPlace(work, dir)
    return manifest
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
}

/** Creates the folder if it is missing, and removes the remains of a restore that was killed. @throws SetupError */
async function requireEmpty(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const names = await readdir(dir)
  const own = new Set([...Object.keys(parts), 'media', restoringName])
  if (names.includes(restoringName) && names.every((name) => own.has(name))) {
    // The mark goes last: a process that dies here leaves a folder that is still marked.
    for (const name of names) {
      if (name !== restoringName) await rm(join(dir, name), { recursive: true, force: true })
    }
    await rm(join(dir, restoringName), { recursive: true, force: true })
    return
  }
  // A disk of its own has this folder from the beginning.
  if (names.every((name) => name === 'lost+found')) return
  if (names.includes('daemon.lock')) DataFolder.claim(dir).release()
  throw new SetupError(`${dir} is not empty. A backup is restored only into a new or an empty folder.`)
}

/** Writes the parts of a backup into a folder. @returns its manifest */
async function unpack({ source, passphrase }: RestoreRequest, work: string): Promise<Manifest> {
  let manifest: Manifest | undefined
  const seen = new Set<string>()
  await readArchive(await opened(source, passphrase), async ({ name, size }, content) => {
    if (seen.has(name)) throw damaged()
    seen.add(name)
    if (manifest === undefined) {
      if (name !== 'manifest.json' || size > maxManifestBytes) throw damaged()
      manifest = await readManifest(content)
      checkSchemas(Object.fromEntries(manifest.parts.map((part) => [part.name, part.schema])))
      return
    }
    await writePart({ name, size, work }, content)
  })
  if (manifest === undefined || databases.some((name) => !seen.has(name))) throw damaged()
  return manifest
}

async function writePart(
  { name, size, work }: { name: string; size: number; work: string },
  content: AsyncIterable<Buffer>,
): Promise<void> {
  const sha256 = hashInPath(name)
  if (sha256 === undefined && !(size <= (parts[name] ?? -1))) throw damaged()
  const { bavail, bsize } = await statfs(work)
  if (bavail * bsize < size) {
    throw new SetupError(`The disk of ${dirname(work)} has no room for the backup. Make room and try again.`)
  }
  const path = join(work, name)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256')
  await writeDurably(
    path,
    observed(content, (piece) => hash.update(piece)),
  )
  if (sha256 !== undefined && hash.digest('hex') !== sha256) throw damaged()
}

async function* observed(
  content: AsyncIterable<Buffer>,
  observe: (piece: Buffer) => unknown,
): AsyncGenerator<Buffer> {
  for await (const piece of content) {
    observe(piece)
    yield piece
  }
}

async function readManifest(content: AsyncIterable<Buffer>): Promise<Manifest> {
  const pieces: Buffer[] = []
  for await (const piece of content) pieces.push(piece)
  try {
    return Manifest.parse(JSON.parse(Buffer.concat(pieces).toString('utf8')))
  } catch (error) {
    throw new SetupError('The backup is damaged, or it was made by a newer zaguan.', { cause: error })
  }
}

/** Returns the archive in a backup, decrypted if it is encrypted. @throws SetupError if the passphrase does not fit */
async function opened(
  source: AsyncIterable<Buffer>,
  passphrase: string | null,
): Promise<AsyncIterable<Buffer>> {
  const iterator = source[Symbol.asyncIterator]()
  const first = await iterator.next()
  const begin = first.done ? Buffer.alloc(0) : first.value
  const whole = again(begin, iterator)
  if (!isEncrypted(begin)) {
    if (passphrase === null) return whole
    throw new SetupError('This backup is not encrypted: leave the passphrase out.')
  }
  if (passphrase !== null) return decrypt(whole, passphrase)
  throw new SetupError('This backup is encrypted: name a file with its passphrase by --passphrase-file.')
}

async function* again(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (;;) {
    const { value, done } = await rest.next()
    if (done) return
    yield value
  }
}

function checkCounts(work: string, { counts, accounts }: Manifest): void {
  const found = describeData(work)
  const isSame =
    JSON.stringify(found.counts) === JSON.stringify(counts) &&
    JSON.stringify(found.accounts) === JSON.stringify(accounts)
  if (!isSame) throw damaged()
}

/** Sees to it that the folder has the key that opens its sealed values, or a new one if that is wanted. @throws SetupError */
async function provideKey({ keyFile, newKey, secrets, dir }: RestoreRequest, work: string): Promise<void> {
  const path = join(work, 'secret.key')
  if (keyFile !== null && !existsSync(path)) await copyFile(keyFile, path)
  const hasOuterKey = typeof secrets.keyFile === 'string'
  if (!existsSync(path) && !hasOuterKey && hasSealed(work) && !newKey) {
    throw new SetupError(
      `This backup has no key, since it was made without a passphrase. Give the file secret.key of the former folder with --secret-key, ` +
        `or go on with --new-key: webhooks then need new secrets. Nothing was restored to ${dir}.`,
    )
  }
  if (!existsSync(path) && !hasOuterKey) forgetKey(work)
  try {
    checkKey(
      work,
      openSecretBox(work, secrets, () => false),
    )
  } catch (error) {
    if (error instanceof SetupError) throw error
    throw new SetupError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

async function flushTree(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    await (entry.isDirectory() ? flushTree(path) : flushPath(path))
  }
  await flushPath(dir)
}

/** Moves everything up into the data folder. While the emptied folder is there, no gateway starts. */
async function moveIntoPlace(work: string, dir: string): Promise<void> {
  for (const name of await readdir(work)) await rename(join(work, name), join(dir, name))
  await flushPath(dir)
  await rmdir(work)
  await flushPath(dir)
}

import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { databases, Snapshot } from '../db/backup/snapshot.ts'
import { checkIntegrity, describeData, listFiles } from '../db/backup/copied-data.ts'
import { SetupError } from '../core/errors.ts'
import { writeArchive } from './archive.ts'
import type { ArchiveWriter } from './archive.ts'
import { encrypt } from './cipher.ts'
import { flushPath, writeDurably } from './durable-files.ts'
import { makeManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { pathOfFile } from './parts.ts'

/** Says what to back up. */
export interface BackupRequest {
  /** The data folder. */
  dir: string
  /** Whether the files of messages are included. */
  files: boolean
  /** Encrypts the backup; null leaves it readable, and then the folder's key is not in it. */
  passphrase: string | null
  /** The configuration file, if there is one. */
  configFile: string | null
  /** The version of the program. */
  version: string
  signal: AbortSignal
}

/** Says what came of a backup. */
export interface BackupReport {
  manifest: Manifest
  bytes: number
  /** Files that the database knows and the folder has no more, such as one that was deleted meanwhile. */
  missing: number
}

const workName = '.zaguan-backup-'

/**
 * Writes a backup into a file, also while a gateway runs on the folder. The file gets its name when it is complete and on the
 * disk: a process that dies leaves the former file or the new one. @throws SetupError
 */
export async function backUpToFile(request: BackupRequest, file: string): Promise<BackupReport> {
  const folder = dirname(file)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return inWorkFolder(folder, async (work) => {
    const partial = join(work, basename(file))
    const { pieces, report } = await prepare(request, work)
    await requireRoom(request, work)
    const bytes = await writeDurably(partial, pieces)
    await rename(partial, file)
    await flushPath(folder)
    return { ...report(), bytes }
  })
}

/** Writes a backup to a stream; copies of the databases are meanwhile in `scratch`. @throws SetupError */
export async function backUpToStream(
  request: BackupRequest,
  write: (piece: Buffer) => Promise<void>,
  scratch: string,
): Promise<BackupReport> {
  return inWorkFolder(scratch, async (work) => {
    const { pieces, report } = await prepare(request, work)
    let bytes = 0
    for await (const piece of pieces) {
      await write(piece)
      bytes += piece.length
    }
    return { ...report(), bytes }
  })
}

interface Prepared {
  pieces: AsyncIterable<Buffer>
  /** Returns what came of it, when all pieces were read. */
  report: () => Omit<BackupReport, 'bytes'>
}

/** Copies the databases, and returns the backup as a stream. */
async function prepare(request: BackupRequest, work: string): Promise<Prepared> {
  const { dir, files, passphrase, configFile, version, signal } = request
  await copyDatabases(dir, work, signal)
  checkIntegrity(work, false)
  const key = join(dir, 'secret.key')
  const includes = {
    files,
    key: passphrase !== null && existsSync(key),
    config: configFile !== null && existsSync(configFile),
  }
  const manifest = makeManifest(describeData(work), {
    version,
    createdAt: new Date().toISOString(),
    includes,
  })
  let missing = 0
  const archive = writeArchive(async (tar) => {
    await tar.addText('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`)
    for (const name of databases) await tar.addFile(name, join(work, name))
    if (includes.key) await tar.addFile('secret.key', key)
    if (includes.config && configFile !== null) await tar.addFile('config.yaml', configFile)
    if (files) missing = await addFiles(tar, { dir, work, signal })
  })
  const pieces = passphrase === null ? archive : encrypt(archive, passphrase)
  return { pieces, report: () => ({ manifest, missing }) }
}

async function copyDatabases(dir: string, work: string, signal: AbortSignal): Promise<void> {
  const snapshot = Snapshot.open(dir)
  try {
    await requireBytes(work, snapshot.bytes)
    await snapshot.copyTo(work, signal)
  } finally {
    snapshot.close()
  }
}

/** Adds the files that the copied database knows. @returns how many there are no more */
async function addFiles(
  tar: ArchiveWriter,
  { dir, work, signal }: { dir: string; work: string; signal: AbortSignal },
): Promise<number> {
  let missing = 0
  for (const sha256 of listFiles(work)) {
    signal.throwIfAborted()
    const name = pathOfFile(sha256)
    if ((await tar.addFile(name, join(dir, name))) === undefined) missing++
  }
  return missing
}

/** Checks that the backup fits beside the copies that it is made from. @throws SetupError */
async function requireRoom({ dir, files }: BackupRequest, work: string): Promise<void> {
  let bytes = 0
  for (const name of databases) bytes += (await stat(join(work, name))).size
  if (files) {
    for (const sha256 of listFiles(work)) {
      const found = await stat(join(dir, pathOfFile(sha256))).catch(() => undefined)
      bytes += found?.size ?? 0
    }
  }
  await requireBytes(work, bytes)
}

async function requireBytes(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= bytes) return
  const megabytes = (count: number) => Math.ceil(count / 1e6)
  throw new SetupError(
    `The backup needs ${megabytes(bytes)} MB, and the disk of ${dirname(folder)} has ${megabytes(bavail * bsize)} MB left. ` +
      'Make room, or choose another disk.',
  )
}

/** Runs `work` with a folder of its own, on the disk of the result; removes those that killed processes have left. */
async function inWorkFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(workName) && !isRunning(Number(name.slice(workName.length)))) {
      await rm(join(parent, name), { recursive: true, force: true })
    }
  }
  const folder = join(parent, `${workName}${process.pid}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o700 })
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

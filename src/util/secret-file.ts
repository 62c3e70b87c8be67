import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/** Writes one line into a file that only its owner can read, whole or not at all; returns the file. Replaces an earlier one. */
export function writeSecretFile(file: string, line: string): string {
  const draft = `${file}.${process.pid}`
  // A draft that a crash left behind may have other permissions.
  rmSync(draft, { force: true })
  const fd = openSync(draft, 'wx', 0o600)
  try {
    writeSync(fd, `${line}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(draft, file)
  return file
}

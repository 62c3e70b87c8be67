import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/**
 * Writes one line atomically into a file that only its owner can read, replacing any earlier file. @returns the path
 */
export function writeSecretFile(file: string, line: string): string {
  const temporary = `${file}.${process.pid}`
  // A temporary file left by a crash may have other permissions.
  rmSync(temporary, { force: true })
  const fd = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(fd, `${line}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, file)
  return file
}

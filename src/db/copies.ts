import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Removes the copies of a database made before migrations: all, or those written before a time. They may hold what
 * was erased or encrypted since.
 */
export function removeCopies(file: string, writtenBefore?: Date): void {
  const dir = dirname(file)
  const begin = `${basename(file)}.before-`
  for (const name of readdirSync(dir)) {
    if (!name.startsWith(begin) || !/^\d+$/.test(name.slice(begin.length))) continue
    const path = join(dir, name)
    const isOld = writtenBefore === undefined || statSync(path).mtimeMs < writtenBefore.getTime()
    if (isOld) rmSync(path, { force: true })
  }
}

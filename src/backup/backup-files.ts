import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { SetupError } from '../core/errors.ts'

const fileName = /^zaguan-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.tar(\.enc)?$/

/** Returns the name of a backup made at a time. Names in the order of the alphabet are in the order of time. */
export function backupName(at: Date, isEncrypted: boolean): string {
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '')
  return `zaguan-${time}.tar${isEncrypted ? '.enc' : ''}`
}

/** Lists the backups in a folder by their names, newest first; none if there is no such folder. */
export function listBackups(dir: string): { name: string; at: Date }[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .flatMap((name) => {
      const [, year, month, day, hour, minute, second] = fileName.exec(name) ?? []
      if (year === undefined) return []
      return [{ name, at: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) }]
    })
    .toSorted((a, b) => b.at.getTime() - a.at.getTime())
}

/** Deletes all backups in a folder but the newest ones. Files with other names stay. */
export async function removeOldBackups(dir: string, keep: number): Promise<void> {
  for (const { name } of listBackups(dir).slice(keep)) await rm(join(dir, name), { force: true })
}

/** Checks that a backup does not lie in the folder that it is a backup of, and would be lost with. @throws SetupError */
export function requireOutside(dataDir: string, path: string): void {
  const fromData = relative(realPath(dataDir), realPath(path))
  const isOutside = fromData === '..' || fromData.startsWith(`..${sep}`) || resolve(fromData) === fromData
  if (isOutside) return
  throw new SetupError(
    `${path} is in the data folder ${dataDir}: what destroys that would destroy the backup, too. Choose another folder, best on another disk.`,
  )
}

/** Follows links, as far as the path exists. */
function realPath(path: string): string {
  const absolute = resolve(path)
  if (existsSync(absolute)) return realpathSync(absolute)
  return join(realPath(dirname(absolute)), relative(dirname(absolute), absolute))
}

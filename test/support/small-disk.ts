import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small file system of its own, which only root may make; undefined where it cannot be made. */
export function smallDisk(megabytes: number): { dir: string; remove: () => void } | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'zaguan-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], { stdio: 'ignore' })
  } catch {
    rmSync(dir, { recursive: true })
    return undefined
  }
  const remove = () => {
    execFileSync('umount', ['-l', dir])
    rmSync(dir, { recursive: true })
  }
  return { dir, remove }
}

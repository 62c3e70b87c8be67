import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Tells commands on the same machine how to reach a running gateway: a user who can read its data folder may ask for its
 * status.
 */
export interface GatewayHint {
  url: string
  /** Valid for reading, while this process lives. */
  key: string
  pid: number
}

const fileOf = (dir: string) => join(dir, 'gateway.json')

/** Writes the hint into the data folder, readable only by its owner. */
export function writeGatewayHint(dir: string, hint: GatewayHint): void {
  // Removes the old file first: the mode counts only at creation.
  removeGatewayHint(dir)
  writeFileSync(fileOf(dir), `${JSON.stringify(hint)}\n`, { mode: 0o600, flag: 'wx' })
}

/** Removes the hint, if there is one. */
export function removeGatewayHint(dir: string): void {
  rmSync(fileOf(dir), { force: true })
}

/** Reads the hint of the gateway that runs on this data folder; undefined if none runs, or another user's does. */
export function readGatewayHint(dir: string): GatewayHint | undefined {
  try {
    const { url, key, pid } = JSON.parse(readFileSync(fileOf(dir), 'utf8')) as Partial<GatewayHint>
    if (typeof url !== 'string' || typeof key !== 'string' || typeof pid !== 'number') return undefined
    process.kill(pid, 0)
    return { url, key, pid }
  } catch {
    // Killed, or never started: nothing is known.
    return undefined
  }
}

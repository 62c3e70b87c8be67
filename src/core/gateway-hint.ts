import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How commands on the same machine reach a running gateway: whoever can read its data folder may ask how it is. */
export interface GatewayHint {
  url: string
  /** Good for reading, while this process lives. */
  key: string
  pid: number
}

const fileOf = (dir: string) => join(dir, 'gateway.json')

/** Writes the hint into the data folder, for its owner alone. */
export function writeGatewayHint(dir: string, hint: GatewayHint): void {
  // A new file: the mode counts only where it is made.
  removeGatewayHint(dir)
  writeFileSync(fileOf(dir), `${JSON.stringify(hint)}\n`, { mode: 0o600, flag: 'wx' })
}

export function removeGatewayHint(dir: string): void {
  rmSync(fileOf(dir), { force: true })
}

/** The hint of a gateway that runs on this data folder; undefined where none does, or another user's. */
export function readGatewayHint(dir: string): GatewayHint | undefined {
  try {
    const { url, key, pid } = JSON.parse(readFileSync(fileOf(dir), 'utf8')) as Partial<GatewayHint>
    if (typeof url !== 'string' || typeof key !== 'string' || typeof pid !== 'number') return undefined
    process.kill(pid, 0)
    return { url, key, pid }
  } catch {
    // Killed, or never started: then nothing is known.
    return undefined
  }
}

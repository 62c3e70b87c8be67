import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Package = z.object({ version: z.string() })

/** Returns the version of this program from its package.json. */
export function programVersion(): string {
  const path = new URL('../../package.json', import.meta.url)
  return Package.parse(JSON.parse(readFileSync(path, 'utf8'))).version
}

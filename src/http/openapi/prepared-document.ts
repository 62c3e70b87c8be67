import { readFile } from 'node:fs/promises'
import type { ApiInfo } from './openapi.ts'

/** The document that `npm run build` writes, as seen from the bundled program. */
const builtFile = new URL('../openapi.json', import.meta.url)

interface BuiltDocument {
  info: { version: string }
  servers: { url: string }[]
}

/**
 * Reads the document that the build wrote and fills in the gateway's address. Describing all routes anew would hold the event
 * loop for about 0.4 s.
 * @returns undefined if the build of this version is missing, as in a plain checkout
 */
export async function readPreparedDocument(
  { version, publicUrl }: Pick<ApiInfo, 'version' | 'publicUrl'>,
  file = builtFile,
): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const document = JSON.parse(text) as BuiltDocument
    if (document.info.version !== version) return undefined
    return JSON.stringify({ ...document, servers: [{ url: publicUrl ?? '/' }] })
  } catch {
    // A build that was interrupted leaves half a file.
    return undefined
  }
}

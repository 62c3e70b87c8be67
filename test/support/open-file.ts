import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileReader } from '../../src/features/media/preview/file-reader.ts'

/** Has `read` look into a file of these bytes, which is gone afterwards. */
export async function reading<T>(bytes: Uint8Array, read: (file: FileReader) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'zaguan-file-'))
  try {
    await writeFile(join(folder, 'file'), bytes)
    const file = await open(join(folder, 'file'))
    try {
      return await read(new FileReader(file, bytes.length))
    } finally {
      await file.close()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

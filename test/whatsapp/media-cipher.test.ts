import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decrypted, encryptFile } from '../../src/whatsapp/media/media-cipher.ts'
import { folder } from '../db/folder.ts'

async function sealed(content: Buffer) {
  const dir = folder()
  const [plain, path] = [join(dir, 'plain'), join(dir, 'sealed')]
  await writeFile(plain, content)
  const source = await encryptFile(plain, path, 'document')
  return { source, bytes: await readFile(path) }
}

/** The bytes in pieces of these lengths, over and over. */
async function* cut(bytes: Buffer, lengths: number[]) {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length] ?? 1
    yield bytes.subarray(at, at + length)
    at += length
  }
}

async function opened(pieces: AsyncIterable<Uint8Array>, source: Parameters<typeof decrypted>[2]) {
  const found: Uint8Array[] = []
  for await (const piece of decrypted(pieces, 'document', source)) found.push(piece)
  return Buffer.concat(found)
}

test.each([[[1]], [[9]], [[10]], [[11]], [[16, 1]], [[500, 3]], [[3, 500]], [[1_000_000]]])(
  'a file comes out as it went in, however it is cut on its way: %j',
  async (lengths) => {
    for (const size of [0, 1, 15, 16, 1999]) {
      const content = randomBytes(size)
      const { source, bytes } = await sealed(content)
      expect(await opened(cut(bytes, lengths), source)).toEqual(content)
    }
  },
)

test.each([
  ['a byte of it is another', (bytes: Buffer) => bytes.fill((bytes[40] ?? 0) ^ 1, 40, 41)],
  ['a byte of its HMAC is another', (bytes: Buffer) => bytes.fill((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)],
  ['its last byte is missing', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['there is one byte more', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)])],
  ['nothing of it is there', () => Buffer.alloc(0)],
  ['nothing but a part of the HMAC is there', (bytes: Buffer) => bytes.subarray(-4)],
])('a file is refused where %s', async (_, spoil) => {
  const { source, bytes } = await sealed(randomBytes(100))
  for (const length of [1, 12, 1000])
    await expect(opened(cut(spoil(Buffer.from(bytes)), [length]), source)).rejects.toThrow(
      'changed or cut off',
    )
})

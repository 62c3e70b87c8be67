import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPreparedDocument } from '../../src/http/openapi/prepared-document.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zaguan-document-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const built = {
  openapi: '3.1.0',
  info: { version: '1.2.3' },
  servers: [{ url: '/' }],
  paths: { '/send': {} },
}

async function read(text: string, version = '1.2.3') {
  const file = join(folder, 'openapi.json')
  await writeFile(file, text)
  return readPreparedDocument({ version, publicUrl: 'https://wa.example.com' }, pathToFileURL(file))
}

test('the document of the build is served with the address of the gateway', async () => {
  const document = await read(JSON.stringify(built))
  expect(JSON.parse(document ?? '')).toEqual({ ...built, servers: [{ url: 'https://wa.example.com' }] })
})

test.each([
  ['another version', JSON.stringify(built), '1.2.4'],
  ['half a file', JSON.stringify(built).slice(0, 40), '1.2.3'],
  ['no document', 'null', '1.2.3'],
])('%s is not served: the routes are described anew', async (_, text, version) => {
  expect(await read(text, version)).toBeUndefined()
})

test('a checkout that was not built has none', async () => {
  const nowhere = pathToFileURL(join(folder, 'nothing.json'))
  expect(await readPreparedDocument({ version: '1.2.3', publicUrl: null }, nowhere)).toBeUndefined()
})

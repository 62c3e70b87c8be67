import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KnowledgeFolder } from '../../../src/features/bot/knowledge-folder.ts'
import { HttpClient } from '../../support/http-client.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'

let app: TestApp
let dir: string
let said: string[]
let folder: KnowledgeFolder

const folderAt = (at: string | null) => {
  const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) })
  const { accounts, assistant } = app.services
  return new KnowledgeFolder({ dir: at, knowledge: assistant.knowledge, accounts, log })
}

beforeEach(async () => {
  app = await startTestApp()
  dir = await mkdtemp(join(tmpdir(), 'zaguan-docs-'))
  said = []
  folder = folderAt(dir)
})
afterEach(async () => {
  await app.stop()
  await rm(dir, { recursive: true, force: true })
})

const file = (name: string, text: string) => writeFile(join(dir, name), text)
const titles = async () =>
  (await app.services.assistant.knowledge.list(1)).map(({ title, fromFolder }) => `${title} ${fromFolder}`)
const found = async (question: string) =>
  (await app.services.assistant.knowledge.search(1, question)).map(({ text }) => text)

test('text and markdown files become documents, also in folders within, and other files are left alone', async () => {
  await file('envios.md', '# Envíos\n\nEnviamos a todo el país en 3 días.')
  await file('notas.TXT', 'Estacionamiento gratis detrás.')
  await file('foto.png', 'no text')
  await file('.oculto.md', 'secreto')
  await mkdir(join(dir, 'precios'))
  await file('precios/cortes.md', 'El corte sale 15 €.')
  await file('vacio.md', '')
  await folder.open()
  expect(await titles()).toEqual(['envios.md true', 'notas.TXT true', 'precios/cortes.md true'])
  expect(await found('envios al pais')).toEqual(['# Envíos\nEnviamos a todo el país en 3 días.'])
  expect(await found('cuánto el corte')).toEqual(['El corte sale 15 €.'])
  expect(await found('secreto')).toEqual([])
})

test('a changed file is read again, a renamed one changes its name, a removed one leaves the index', async () => {
  await file('a.md', 'Abrimos los lunes.')
  await file('b.md', 'Cerramos los domingos.')
  await folder.open()
  await file('a.md', 'Abrimos los martes.')
  await utimes(join(dir, 'a.md'), new Date(), new Date(Date.now() + 5000))
  await rename(join(dir, 'b.md'), join(dir, 'c.md'))
  await folder.sync()
  expect(await titles()).toEqual(['a.md true', 'c.md true'])
  expect(await found('lunes')).toEqual([])
  expect(await found('martes')).toEqual(['Abrimos los martes.'])
  await rm(join(dir, 'c.md'))
  await folder.sync()
  expect(await titles()).toEqual(['a.md true'])
  expect(await found('domingos')).toEqual([])
})

test('an unchanged file is not read twice, and a folder that is away for a while takes nothing with it', async () => {
  await file('a.md', 'Abrimos los lunes.')
  await folder.open()
  const at = async () => (await app.services.assistant.knowledge.list(1))[0]?.updatedAt.getTime()
  const before = await at()
  await folder.sync()
  expect(await at()).toBe(before)
  await rename(dir, `${dir}-away`)
  await folder.sync()
  expect(await titles()).toEqual(['a.md true'])
  expect(said.join('')).toContain('cannot be read')
  await rename(`${dir}-away`, dir)
})

test('documents from the API stay, and documents from the folder are changed there only', async () => {
  const client = new HttpClient(app.url, app.key)
  await client.post('/api/v1/bot/knowledge', { title: 'a.md', body: 'Del API.' })
  await file('a.md', 'De la carpeta.')
  await file('b.md', 'También de la carpeta.')
  await folder.open()
  expect(await titles()).toEqual(['a.md false', 'b.md true'])
  expect(said.join('')).toContain('was given by API')
  const refused = await client.post('/api/v1/bot/knowledge', { title: 'b.md', body: 'x' })
  expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('bot.knowledgeDir')])
  const { json } = await client.get('/api/v1/bot/knowledge')
  const { id } = (json as { documents: { id: number; title: string }[] }).documents[1]!
  expect((await client.ask(`/api/v1/bot/knowledge/${id}`, { method: 'DELETE' })).status).toBe(409)
  // Without the folder its documents go.
  await folderAt(null).open()
  expect(await titles()).toEqual(['a.md false'])
})

test('long files, links to folders and folders without end are left out', async () => {
  await file('long.md', 'x'.repeat(400_001))
  await file('ok.md', 'Bien.')
  await symlink(dir, join(dir, 'loop'))
  await symlink(join(dir, 'ok.md'), join(dir, 'link.md'))
  await folder.open()
  await folder.sync()
  expect(await titles()).toEqual(['link.md true', 'ok.md true'])
  expect(said.filter((line) => line.includes('too long'))).toHaveLength(1)
})

test('a folder that is not there stops the start with the setting', async () => {
  await expect(folderAt(join(dir, 'nowhere')).open()).rejects.toThrow(/bot\.knowledgeDir/)
})

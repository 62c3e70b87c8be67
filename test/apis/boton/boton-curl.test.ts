import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'

const run = promisify(execFile)
const printed = (await readFile(new URL('../fixtures/boton-curls.txt', import.meta.url), 'utf8'))
  .split(/\n{2,}/)
  .filter((paragraph) => paragraph.startsWith('curl'))

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  await app.inbound({ phone: '5491112345678' })
})
afterAll(() => app.stop())

/** Runs a command as printed, with this server and key. Unquoted `&` included: the shell ends the command there. */
async function curl(index: number): Promise<unknown> {
  const command = (printed[index] ?? '')
    .replace('https://boton.etthore.com', app.url)
    .replace('YOUR_TOKEN', app.key)
    .replace(/^curl/, 'curl --silent --show-error --noproxy "*"')
  const { stdout } = await run('sh', ['-c', command], { cwd: tmpdir() })
  return JSON.parse(stdout)
}

test('the document prints six commands', () => {
  expect(printed).toHaveLength(6)
})

test('BOTON-04 the printed curl of /status works', async () => {
  expect(await curl(0)).toMatchObject({ connected: true, phone: '5491138620812' })
})

test('BOTON-12 the printed curl of /chats works', async () => {
  expect(await curl(1)).toMatchObject({ page: 0, total: 1, chats: [{ jid: '5491112345678@s.whatsapp.net' }] })
})

test('BOTON-25 the printed curl of /chats/:jid/messages works', async () => {
  const message = { text: 'hola', direction: 'incoming', botGenerated: false }
  expect(await curl(2)).toMatchObject({ jid: '5491112345678@s.whatsapp.net', messages: [message] })
})

test('BOTON-33 the printed curl of /send with a message works', async () => {
  expect(await curl(3)).toMatchObject({
    success: true,
    jid: '5491112345678@s.whatsapp.net',
    status: 'queued',
  })
})

test('BOTON-36 the printed curl of /send with an instruction is understood; without a model it is refused as such', async () => {
  expect(await curl(4)).toMatchObject({ statusCode: 409, message: expect.stringContaining('llm.baseUrl') })
})

test('BOTON-39 the printed curl of /config works', async () => {
  const config = { botPurpose: 'attend', botNewChats: true, customInstructions: 'Responde solo en espanol' }
  expect(await curl(5)).toMatchObject({ success: true, config })
})

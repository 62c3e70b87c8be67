import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertTemplate } from '../../src/features/sending/queries/templates.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { keyWith } from '../features/access/keys.ts'
import { runCli } from './run-cli.ts'

let app: TestApp
let folder: string
beforeAll(async () => {
  app = await startTestApp()
  folder = mkdtempSync(join(tmpdir(), 'zaguan-templates-'))
})
afterAll(async () => {
  await app.stop()
  rmSync(folder, { recursive: true })
})

const templates = (...words: string[]) => as(app.key, ...words)
const as = (key: string, ...words: string[]) =>
  runCli(['templates', ...words, '--url', app.url, '--key', key], { cwd: folder })

function fileWith(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return name
}

test('the commands keep a template out of files, show it, preview it and delete it', async () => {
  expect(await templates('list')).toEqual({ code: 0, stdout: 'No templates yet.\n', stderr: '' })
  const spanish = fileWith('listo.txt', 'Hola {{customer.name}}:\ntu pedido {{order}} está listo\n')
  const set = ['set', 'order-ready', '--file']
  const made = await templates(...set, spanish, '--language', 'es')
  expect(made).toMatchObject({ code: 0, stderr: 'New: order-ready.\n' })
  const several = fileWith('more.json', JSON.stringify({ en: 'Order {{order}} is ready', pt: 'Pronto' }))
  expect(await templates(...set, several)).toMatchObject({ code: 0, stderr: 'Changed: order-ready.\n' })
  // As it is printed, it can be read again; null takes a language away.
  const { stdout } = await templates('show', 'order-ready', '--json')
  const shown = JSON.parse(stdout) as { texts: Record<string, string | null> }
  expect(shown.texts['es']).toBe('Hola {{customer.name}}:\ntu pedido {{order}} está listo')
  shown.texts['pt'] = null
  expect(await templates(...set, fileWith('all.json', JSON.stringify(shown)))).toMatchObject({ code: 0 })
  expect((await templates('show', 'order-ready')).stdout.split('\n')).toEqual([
    'order-ready  es,en  {{customer.name}} {{order}}',
    '',
    'es:',
    '  Hola {{customer.name}}:',
    '  tu pedido {{order}} está listo',
    '',
    'en:',
    '  Order {{order}} is ready',
    '',
  ])
  expect((await templates('list')).stdout).toBe('order-ready  es,en  {{customer.name}} {{order}}\n')

  const preview = ['preview', 'order-ready', '--language', 'en']
  expect(await templates(...preview, '--var', 'order=A=17')).toEqual({
    code: 0,
    stdout: 'Order A=17 is ready\n',
    stderr: '',
  })
  expect(await templates(...preview)).toEqual({
    code: 1,
    stdout: 'Order {{order}} is ready\n',
    stderr: 'This cannot be sent: order has no value.\n',
  })
  await app.inbound({ phone: '5491162328014', pushName: 'Juan' })
  const toJuan = ['preview', 'order-ready', '--to', '5491162328014', '--language', 'es', '--var', 'order=7']
  expect(await templates(...toJuan)).toMatchObject({ stdout: 'Hola Juan:\ntu pedido 7 está listo\n' })

  expect(await templates('delete', 'order-ready')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'Deleted: order-ready.\n',
  })
  expect(await templates('list', '--json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' })
})

test('all templates are listed, however many there are', async () => {
  const at = new Date()
  const template = (n: number) => ({ name: `t${n}`, texts: { es: 'x' }, createdAt: at, updatedAt: at })
  await app.store.write(async (trx) => {
    for (let n = 0; n < 201; n++) await insertTemplate(trx, app.accountId, template(n))
  })
  expect((await templates('list')).stdout.trimEnd().split('\n')).toHaveLength(201)
})

test('the commands for templates tell of a mistake in one sentence', async () => {
  const text = fileWith('x.txt', 'x')
  const json = fileWith('x.json', '{"fr": "Salut"}')
  const broken = fileWith('broken.json', '{')
  for (const [words, code, said] of [
    [['show', 'nothing'], 1, 'No such template: nothing.'],
    [['delete', 'nothing'], 1, 'No such template: nothing.'],
    [['preview', 'nothing'], 1, 'No such template: nothing.'],
    [['show', 'No/Name'], 1, 'expected 1 to 64 lower-case letters'],
    [['preview', 't1', '--var', 'x'], 1, '--var: "x" has no value; expected name=value.'],
    [['preview', 't1', '--language', 'fr'], 1, 'language'],
    [['set', 'mine', '--file', text], 1, '--language: give the language'],
    [['set', 'mine', '--file', 'none.txt'], 1, 'none.txt cannot be read.'],
    [['set', 'mine', '--file', broken], 1, 'broken.json is not valid JSON.'],
    [['set', 'mine', '--file', json], 1, 'x.json to hold {"es"'],
    [['set', 'mine', '--file', fileWith('odd.json', '{"es": "{{order"}')], 1, 'texts.es'],
    [['set', 'mine', '--file', fileWith('none.json', '{"es": null}')], 1, 'at least one language'],
  ] as const) {
    const refused = await templates(...words)
    expect([words, refused.code, refused.stderr]).toEqual([words, code, expect.stringContaining(said)])
  }
  const reader = await keyWith(app, ['read:messages'])
  const refused = await as(reader, 'delete', 't1')
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Required: write:messages.') })
  expect(await as('bsk_live_unknown', 'list')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('API key'),
  })
})

import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { runCli } from './run-cli.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const accounts = (...words: string[]) =>
  runCli(['accounts', ...words, '--url', app.url, '--key', app.key], { cwd: tmpdir() })

test('the commands list accounts, rename them, and open one for another number until that has come', async () => {
  expect(await accounts('list')).toEqual({
    code: 0,
    stdout: 'wha_1  +5491138620812  connected  Test\n',
    stderr: '',
  })
  expect(await accounts('change', 'wha_1', '--name', 'Tienda', '--accept-other-number')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^wha_1 .* Tienda\n {2}The next phone to scan may have another number/),
  })
  const closed = await accounts('change', 'wha_1', '--no-accept-other-number', '--json')
  expect(JSON.parse(closed.stdout)).not.toHaveProperty('accept_other_number')
  expect(await accounts('change', 'wha_1')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--name'),
  })
  expect(await accounts('change', 'wha_9', '--name', 'x')).toMatchObject({
    code: 1,
    stderr: 'No such account.\n',
  })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { runCli } from './run-cli.ts'

const account = '5491155550100'
let folder: string
let sandbox: Sandbox

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zaguan-sandbox-'))
  sandbox = new Sandbox({})
  await sandbox.start()
  sandbox.phone(account)
  mkdirSync(join(folder, 'data'))
  const { controlUrl } = sandbox
  writeFileSync(join(folder, 'data', 'sandbox.json'), JSON.stringify({ controlUrl, url: 'ws://x' }))
})
afterAll(async () => {
  await sandbox.stop()
  rmSync(folder, { recursive: true })
})

function zaguan(...argv: string[]) {
  return runCli(['sandbox', ...argv], { cwd: folder })
}

describe('zaguan sandbox say', () => {
  it('writes to the account as a customer, in any spelling of the number', async () => {
    const said = await zaguan('say', '+54 9 11 5555-0001', '¿Están abiertos?', '--account', account)
    expect(said).toEqual({ code: 0, stderr: '', stdout: `5491155550001 wrote to ${account}.\n` })
    const { messages } = sandbox.phone(account).inboxPage(0, 10)
    expect(messages.map(({ from, text }) => ({ from, text }))).toEqual([
      { from: '5491155550001', text: '¿Están abiertos?' },
    ])
  })

  it('says so when no account is linked', async () => {
    const said = await zaguan('say', '5491155550001', 'Hola')
    expect(said).toEqual({ code: 1, stdout: '', stderr: 'No account is linked to this sandbox yet.\n' })
  })

  it('passes on why the sandbox refuses', async () => {
    const { code, stderr } = await zaguan('say', '5491155550001', 'Hola', '--account', '5491155550999')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The sandbox at http:\S+ did not do it: .*5491155550999/)
  })

  it('refuses what is no phone number', async () => {
    const { code, stderr } = await zaguan('say', 'Juan', 'Hola')
    expect(code).toBe(1)
    expect(stderr).toContain('"Juan" is no phone number')
  })
})

describe('zaguan sandbox inbox', () => {
  it('prints what the customer received, oldest first', async () => {
    const customer = sandbox.customer('5491155550002')
    await sandbox.phone(account).sendText(customer.number, 'Uno')
    await sandbox.phone(account).sendText(customer.number, 'Dos')
    await expect.poll(() => customer.receivedCount).toBe(2)
    const { code, stdout } = await zaguan('inbox', '5491155550002')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))).toEqual([
      `from ${account}: Uno`,
      `from ${account}: Dos`,
    ])
    const asJson = await zaguan('inbox', '5491155550002', '--json')
    expect(JSON.parse(asJson.stdout)).toMatchObject([{ text: 'Uno' }, { text: 'Dos' }])
  })

  it('says so when there is nothing', async () => {
    expect(await zaguan('inbox', '5491155550003')).toMatchObject({
      code: 0,
      stdout: '5491155550003 has received nothing yet.\n',
    })
  })
})

describe('the sandbox to talk to', () => {
  it('is the one that --control names, before the one of the running gateway', async () => {
    const { code, stderr } = await zaguan('inbox', '5491155550003', '--control', 'http://127.0.0.1:1')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The sandbox at http:\/\/127\.0\.0\.1:1 did not do it/)
  })

  it('is looked for in the data folder of the configuration', async () => {
    const { code, stderr } = await zaguan('inbox', '5491155550003', '--data', './elsewhere')
    expect(code).toBe(1)
    expect(stderr).toContain(join(folder, 'elsewhere', 'sandbox.json'))
  })
})

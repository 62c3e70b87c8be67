import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from './run-cli.ts'
import type { Env } from './run-cli.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zaguan-cli-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const zaguan = (line: string, env: Env = {}) => runCli(line.split(' ').filter(Boolean), { cwd: folder, env })

describe('the command line', () => {
  it.each([
    '--help',
    'start --help',
    'sandbox --help',
    'sandbox say --help',
    'sandbox inbox --help',
    'status --help',
    'config --help',
    'config check --help',
    'openapi --help',
    'keys --help',
    'keys create --help',
    'keys list --help',
    'keys change --help',
    'keys revoke --help',
    'templates --help',
    'templates list --help',
    'templates show --help',
    'templates preview --help',
    'templates set --help',
    'templates delete --help',
    '',
  ])('has examples in the help of zaguan %s', async (line) => {
    const { code, stdout, stderr } = await zaguan(line)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: zaguan/)
    expect(stdout).toMatch(/\nExamples:\n {2}zaguan /)
  })

  it('prints the document of the APIs without a gateway', async () => {
    const { code, stdout } = await zaguan('openapi')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      openapi: '3.1.0',
      paths: { '/api/v1/send': expect.anything() },
    })
  })

  it('prints the version', async () => {
    expect(await zaguan('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})

describe('a mistyped command line', () => {
  it.each([
    ['strat', 'Unknown command "zaguan strat"; did you mean start?'],
    ['nonsense', 'Unknown command "zaguan nonsense"; try zaguan --help.'],
    ['sandbox sya 1 2', 'Unknown command "zaguan sandbox sya"; did you mean say?'],
    ['sandbox --port 5 inbx', 'Unknown command "zaguan sandbox inbx"; did you mean inbox?'],
    ['config chek', 'Unknown command "zaguan config chek"; did you mean check?'],
    ['start --prot 1', "Unknown option '--prot'; did you mean --port?"],
    ['start --colour', "Unknown option '--colour'; try zaguan start --help."],
    ['start --port', "Option '--port <number>' argument missing; try zaguan start --help."],
    ['start now', "Too many arguments for 'start'. Expected 0 arguments but got 1; try zaguan start --help."],
    ['sandbox say', "Missing required argument 'customer'; try zaguan sandbox say --help."],
  ])('is answered in one sentence with exit code 2: zaguan %s', async (line, sentence) => {
    expect(await zaguan(line)).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n` })
  })
})

describe('zaguan start', () => {
  it('names all faults of the configuration and ends with 1', async () => {
    const { code, stderr } = await zaguan('start --port abc', { ZAGUAN_LOG__LEVEL: 'loud' })
    expect(code).toBe(1)
    expect(stderr.split('\n')).toEqual([
      'The configuration has 2 errors:',
      '  log.level (ZAGUAN_LOG__LEVEL): expected trace, debug, info, warn, error or silent, found "loud"',
      '  server.port (--port): expected a whole number from 0 to 65535, found "abc"',
      '',
    ])
  })
})

describe('zaguan config check', () => {
  it('prints every key with its value and where it comes from', async () => {
    writeFileSync(join(folder, 'config.yaml'), 'business:\n  name: Kiosco\n')
    const { code, stdout } = await zaguan('config check', { ZAGUAN_SERVER__PORT: '8080' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^business\.name +"Kiosco" +\S+config\.yaml, line 2$/m)
    expect(stdout).toMatch(/^server\.port +8080 +ZAGUAN_SERVER__PORT$/m)
    expect(stdout).toMatch(/^log\.level +"info" +default$/m)
  })

  it('masks secrets', async () => {
    const secret = 'a-very-secret-bootstrap-key'
    const env = { ZAGUAN_AUTH__BOOTSTRAP_KEY: secret, ZAGUAN_LLM__API_KEY: secret }
    const { stdout } = await zaguan('config check', env)
    expect(stdout).not.toContain(secret)
    // The two, and the list of webhooks, which may hold secrets.
    expect(stdout.match(/\(secret\)/g)).toHaveLength(3)
  })

  it('ends with 1 and the faults on stderr', async () => {
    writeFileSync(join(folder, 'other.yaml'), 'server:\n  prot: 1\n')
    const { code, stdout, stderr } = await zaguan('config check --config other.yaml')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`server.prot (${join(folder, 'other.yaml')}, line 2): unknown key`)
  })
})

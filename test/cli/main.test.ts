import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

// The built program: build it before these tests.
const main = fileURLToPath(new URL('../../dist/program/main.js', import.meta.url))

let folder: string
let running: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zaguan-main-'))
})
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running = []
  rmSync(folder, { recursive: true })
})

/** Starts the program with a line of code that runs before it. */
function spawnMain(argv: string[], { before = '', script = main } = {}) {
  const preload = before === '' ? [] : ['--import', `data:text/javascript,${encodeURIComponent(before)}`]
  const child = spawn(process.execPath, [...preload, script, ...argv], {
    cwd: folder,
    env: {},
    stdio: 'pipe',
  })
  running.push(child)
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (out.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (out.stderr += String(chunk)))
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...out }))
  })
  return { child, out, ended }
}

/** Resolves when the sandbox runs. */
function started(out: { stdout: string }) {
  return expect.poll(() => out.stdout, { timeout: 20_000 }).toContain('ROOT_KEY')
}

describe('the built program', () => {
  it.each([
    [['--version'], 0],
    [['config', 'check'], 0],
    [['config', 'check', '--config', 'gone.yaml'], 1],
    [['strat'], 2],
    [['status', '--url', 'http://127.0.0.1:1', '--key', 'x'], 2],
  ])('ends with the exit code of its command: %j', async (argv, code) => {
    expect((await spawnMain(argv).ended).code).toBe(code)
  })

  it.each(['18.20.8', '20.18.3'])(
    'refuses Node %s in one sentence before it loads anything',
    async (version) => {
      const before = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
      expect(await spawnMain(['--version'], { before }).ended).toEqual({
        code: 1,
        stdout: '',
        stderr: `Zaguán needs Node 20.19 or newer, and this is Node ${version}.\n`,
      })
    },
  )

  it('says what to do when its packages are missing', async () => {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    copyFileSync(main, join(folder, 'main.js'))
    const { code, stderr } = await spawnMain([], { script: join(folder, 'main.js') }).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^Zaguán cannot be loaded \(.*\): start it with scripts\/start, or run "npm ci" first\.\n$/,
    )
  })

  it('ends quietly when its reader goes away', async () => {
    const { child, ended } = spawnMain(['config', 'check'])
    child.stdout?.destroy()
    expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})

describe('a running program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops cleanly at %s', async (signal) => {
    const { child, out, ended } = spawnMain(['sandbox'])
    await started(out)
    child.kill(signal)
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('ends at once at the second signal', async () => {
    // Something that nobody stops keeps the process open.
    const { child, out, ended } = spawnMain(['sandbox'], { before: 'setInterval(() => {}, 1000)' })
    await started(out)
    child.kill('SIGTERM')
    child.kill('SIGINT')
    expect((await ended).code).toBe(1)
  })

  it.each([
    ['a rejection that nobody handles', 'Promise.reject(new TypeError("boom of 5491112345678"))'],
    ['an exception that nobody catches', 'throw new TypeError("boom of 5491112345678")'],
  ])('stops cleanly after %s, with one sentence and exit code 1', async (_name, fault) => {
    const before = `process.on('SIGUSR2', () => { ${fault} })`
    const { child, out, ended } = spawnMain(['sandbox'], { before })
    await started(out)
    child.kill('SIGUSR2')
    const { code, stdout, stderr } = await ended
    expect(code).toBe(1)
    expect(stderr).toBe(
      'An unexpected error occurred (TypeError: boom of 5491…78); the details are in the log.\n',
    )
    expect(stdout).toContain('"unforeseen error"')
  })

  it('gives the settings with which a gateway joins the sandbox', async () => {
    const { out } = spawnMain(['sandbox'])
    await started(out)
    expect(out.stdout).toMatch(/^ {2}ZAGUAN_WHATSAPP__URL=ws:\/\/127\.0\.0\.1:\d+\S*$/m)
    expect(out.stdout).toMatch(/^ {2}ZAGUAN_WHATSAPP__ROOT_KEY=[A-Za-z0-9+/]{43}=$/m)
  })
})

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DataFolder } from '../../src/db/data-folder.ts'
import { folder } from './folder.ts'

const built = new URL('../../dist/db/data-folder.js', import.meta.url).href
const script = `
  const { DataFolder } = await import(${JSON.stringify(built)})
  try {
    DataFolder.claim(process.argv[1])
    console.log('held')
    setInterval(() => undefined, 1000)
  } catch (error) {
    console.log(error.name + ': ' + error.message)
  }
`

/** Another process that takes hold of the folder with the built program's code, and the first line it says. */
async function holder(dir: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir], { stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')])) as [Buffer]
  return { child, said: line.toString().trim() }
}

test('a missing folder is made, readable by its owner alone', () => {
  const dir = join(folder(), 'new', 'data')
  DataFolder.claim(dir).release()
  expect(statSync(dir).mode & 0o777).toBe(0o700)
})

test('a second process is refused, and told which process holds the folder', async () => {
  const dir = folder()
  const mine = DataFolder.claim(dir)
  const { said } = await holder(dir)
  expect(said).toMatch(
    new RegExp(
      `^SetupError: Another zaguan already uses ${dir} \\(process ${process.pid}, since 20.+Z\\)\\. Stop it first`,
    ),
  )
  mine.release()
  expect((await holder(dir)).said).toBe('held')
})

test('a holder that was killed leaves no lock', async () => {
  const dir = folder()
  const { child, said } = await holder(dir)
  expect(said).toBe('held')
  expect(() => DataFolder.claim(dir)).toThrow(`process ${child.pid},`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  DataFolder.claim(dir).release()
})

test('a second claim in the same process is refused as well', () => {
  const dir = folder()
  const mine = DataFolder.claim(dir)
  expect(() => DataFolder.claim(dir)).toThrow(`process ${process.pid},`)
  mine.release()
  mine.release()
  DataFolder.claim(dir).release()
})

test('a path that is no folder is refused with the way out', () => {
  const file = join(folder(), 'a file')
  writeFileSync(file, '')
  expect(() => DataFolder.claim(join(file, 'data'))).toThrow(
    expect.objectContaining({
      name: 'SetupError',
      message: expect.stringContaining('Set data.dir to a folder'),
    }),
  )
})

const modeOf = (path: string) => statSync(path).mode & 0o777

test('a folder and databases that others can read are closed, with a sentence that says so', () => {
  const dir = join(folder(), 'data')
  mkdirSync(dir)
  const files = ['zaguan.db', 'sessions.db', 'sessions.db-wal', 'sessions.db.before-3', 'secret.key']
  for (const name of files) writeFileSync(join(dir, name), '')
  writeFileSync(join(dir, 'config.yaml'), '')
  for (const name of [...files, 'config.yaml']) chmodSync(join(dir, name), 0o644)
  chmodSync(dir, 0o755)
  const first = DataFolder.claim(dir)
  expect(first.closed).toMatch(/could read .*data.* closed to them now/)
  first.release()
  expect(modeOf(dir)).toBe(0o700)
  expect(files.map((name) => modeOf(join(dir, name)))).toEqual(files.map(() => 0o600))
  expect(modeOf(join(dir, 'config.yaml'))).toBe(0o644)
  chmodSync(join(dir, 'daemon.lock'), 0o600)
  const second = DataFolder.claim(dir)
  expect(second.closed).toBeNull()
  second.release()
})

test('a folder in which other users have files stays open, and the databases in it are closed', () => {
  const dir = join(folder(), 'tmp')
  mkdirSync(dir)
  writeFileSync(join(dir, 'sessions.db'), '')
  chmodSync(join(dir, 'sessions.db'), 0o644)
  chmodSync(dir, 0o1777)
  DataFolder.claim(dir).release()
  expect([statSync(dir).mode & 0o7777, modeOf(join(dir, 'sessions.db'))]).toEqual([0o1777, 0o600])
})

test('a damaged lock file is reported by its name, with what to do', () => {
  const dir = folder()
  writeFileSync(
    join(dir, 'daemon.lock'),
    'no database at all, but long enough to be looked at as one'.repeat(40),
  )
  expect(() => DataFolder.claim(dir)).toThrow(/daemon\.lock is damaged\..* delete the file, and start again/)
})

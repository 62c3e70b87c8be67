import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, expect, test } from 'vitest'
import { Daemon, Program, account } from '../../support/processes.ts'
import { sharedSandbox, startScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const juan = '5491112345678'
const ana = '5491155550001'
const sandbox = await sharedSandbox([juan, ana])

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'zaguan-backup-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Runs a command of the built program to its end. */
async function zaguan(...words: string[]) {
  const program = new Program(words, {}, tmpdir())
  const { code } = await program.ended
  return { code, stdout: program.stdout, stderr: program.stderr }
}

const textsOf = (messages: { text?: string | null }[]) => messages.map(({ text }) => text)

test('a gateway that moves to another machine under load has every message once', async () => {
  await using scene = await startScene({ sandbox })
  const { daemon } = scene
  const passphrase = join(folder(), 'passphrase')
  writeFileSync(passphrase, 'correct horse battery')
  const file = join(folder(), 'move.tar.enc')
  let count = 0
  let enough = false
  const writing = (async () => {
    while (!enough) {
      await Promise.all([
        sandbox.control.sendAsCustomer(juan, account, `in ${++count}`),
        daemon.send(ana, `out ${count}`),
      ])
    }
  })()
  await until('messages flow', () => count > 20)
  const underLoad = await zaguan('backup', file, '--data', daemon.dataDir, '--passphrase-file', passphrase)
  expect(underLoad).toMatchObject({ code: 0 })
  enough = true
  await writing
  await until('all came', async () => (await daemon.chat(juan)).length >= count)
  await until('all went', async () => (await sandbox.control.received(ana, 0, 1)).total >= count)

  const early = join(folder(), 'early')
  const restored = await zaguan('restore', file, '--data', early, '--passphrase-file', passphrase)
  expect(restored).toMatchObject({ code: 0 })

  // The move itself: the old one is stopped, the last backup goes along.
  await daemon.stop()
  const last = await zaguan('backup', file, '--data', daemon.dataDir, '--passphrase-file', passphrase)
  expect(last).toMatchObject({ code: 0 })
  await sandbox.control.sendAsCustomer(juan, account, 'while moving')
  const dataDir = join(folder(), 'data')
  const moved = ['restore', file, '--data', dataDir, '--passphrase-file', passphrase]
  expect(await zaguan(...moved, '--with-link', '--i-stopped-the-old-one')).toMatchObject({ code: 0 })
  const next = await Daemon.create({ sandbox, dataDir })
  onTestFinished(() => next.kill())
  await next.start()
  await next.connected()
  const expected = [...Array.from({ length: count }, (_, n) => `in ${n + 1}`), 'while moving']
  await until('the last one came', async () => (await next.chat(juan)).length >= expected.length)
  expect(textsOf(await next.chat(juan))).toEqual(expected)
  expect((await sandbox.control.received(ana, 0, 1)).duplicates).toBe(0)
  expect((await next.chat(ana)).length).toBe(count)
})

test('backups are made by the clock, and only the newest stay', async () => {
  const dir = join(folder(), 'new')
  mkdirSync(dir)
  const older = ['zaguan-20200101T000000Z.tar', 'zaguan-20200102T000000Z.tar']
  for (const name of [...older, 'mine.tar']) writeFileSync(join(dir, name), 'x')
  const env = { ZAGUAN_BACKUP__DIR: dir, ZAGUAN_BACKUP__KEEP: '2' }
  await using scene = await startScene({ sandbox, account: null, env })
  const names = () => readdirSync(dir).filter((name) => name.startsWith('zaguan-'))
  await until('a backup is made', () => names().some((name) => !older.includes(name)), 40_000)
  await until('old ones are gone', () => names().length === 2)
  expect(names()).toContain(older[1])
  expect(readdirSync(dir)).toContain('mine.tar')
  const headers = { authorization: `Bearer ${scene.daemon.key}` }
  const metrics = await (await fetch(`${scene.daemon.url}/metrics`, { headers })).text()
  const age = Number(/^zaguan_backup_age_seconds (.+)$/m.exec(metrics)?.[1])
  expect(age).toBeLessThan(60)
})

test('the owner hears of a backup that failed, and why', async () => {
  const said = join(folder(), 'alert')
  const env = {
    ZAGUAN_BACKUP__DIR: folder(),
    ZAGUAN_BACKUP__PASSPHRASE_FILE: '/nowhere/passphrase',
    ZAGUAN_ALERTS__COMMAND: `echo "$ZAGUAN_ALERT: $ZAGUAN_ALERT_TEXT" > ${said}.new && mv ${said}.new ${said}`,
  }
  await using scene = await startScene({ sandbox, account: null, env })
  await until('the alert comes', () => existsSync(said), 40_000)
  expect(readFileSync(said, 'utf8')).toMatch(
    /^backup_failed: The backup failed: The passphrase cannot be read from \/nowhere\/passphrase/,
  )
  const headers = { authorization: `Bearer ${scene.daemon.key}` }
  const metrics = await (await fetch(`${scene.daemon.url}/metrics`, { headers })).text()
  expect(metrics).toContain('zaguan_backup_age_seconds +Inf')
})

test('a gateway whose backups would lie in its own data folder does not start', async () => {
  const dataDir = folder()
  const program = new Program(['start', '--sandbox', '--port', '0', '--data', dataDir], {
    ZAGUAN_BACKUP__DIR: join(dataDir, 'backups'),
  })
  expect((await program.ended).code).toBe(1)
  expect(program.output).toContain('is in the data folder')
})

test('a backup that is killed at any moment leaves the former file or the new one', async () => {
  await using scene = await startScene({ sandbox, account: null })
  const dir = folder()
  const file = join(dir, 'b.tar')
  const words = ['backup', file, '--data', scene.daemon.dataDir]
  expect(await zaguan(...words)).toMatchObject({ code: 0 })
  let killed = 0
  for (let afterMs = 100; afterMs <= 1500; afterMs += 100) {
    const before = readFileSync(file)
    const program = new Program(words, {}, tmpdir())
    const timer = setTimeout(() => program.child.kill('SIGKILL'), afterMs)
    const { signal } = await program.ended
    clearTimeout(timer)
    if (signal === 'SIGKILL') killed++
    const target = join(folder(), 'data')
    const after = readFileSync(file)
    if (signal === 'SIGKILL' && after.equals(before)) continue
    expect(await zaguan('restore', file, '--data', target, '--new-key')).toMatchObject({ code: 0 })
  }
  expect(killed).toBeGreaterThan(2)
  expect(await zaguan(...words)).toMatchObject({ code: 0 })
  expect(readdirSync(dir)).toEqual(['b.tar'])
})

test('a restore that is killed at any moment can be run again', async () => {
  await using scene = await startScene({ sandbox, account: null })
  const file = join(folder(), 'b.tar')
  expect(await zaguan('backup', file, '--data', scene.daemon.dataDir)).toMatchObject({ code: 0 })
  const dir = join(folder(), 'data')
  let killed = 0
  for (let afterMs = 100; afterMs <= 1500; afterMs += 100) {
    const program = new Program(['restore', file, '--data', dir, '--new-key'], {}, tmpdir())
    const timer = setTimeout(() => program.child.kill('SIGKILL'), afterMs)
    const { code, signal } = await program.ended
    clearTimeout(timer)
    if (signal !== 'SIGKILL') {
      expect({ code, said: program.stderr }).toMatchObject({ code: 0 })
      rmSync(dir, { recursive: true })
      continue
    }
    killed++
    const isWhole = existsSync(join(dir, 'zaguan.db')) && !existsSync(join(dir, '.restoring'))
    if (isWhole) rmSync(dir, { recursive: true })
  }
  expect(killed).toBeGreaterThan(2)
  expect(await zaguan('restore', file, '--data', dir, '--new-key')).toMatchObject({ code: 0 })
})

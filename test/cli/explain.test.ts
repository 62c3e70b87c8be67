import { readFileSync, rmSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explain, reportCrash } from '../../src/cli/explain.ts'
import { SetupError } from '../../src/core/errors.ts'
import { makeLogger } from '../../src/util/logger.ts'

function makeSite() {
  const written: string[] = []
  return { written, stderr: { write: (text: string) => written.push(text) } }
}

describe('an error that ends the program', () => {
  it('is its own sentence when it is a fault of the installation', () => {
    const { written, stderr } = makeSite()
    reportCrash(new SetupError('The port 3000 is taken.'), { stderr, log: () => undefined })
    expect(written).toEqual(['The port 3000 is taken.\n'])
  })

  it.each([
    Object.assign(new Error('The module better_sqlite3.node was compiled against another version'), {
      code: 'ERR_DLOPEN_FAILED',
    }),
    new Error('Could not locate the bindings file. Tried: /x/better-sqlite3/build/better_sqlite3.node'),
    new Error('The database cannot be opened', {
      cause: Object.assign(new Error("Cannot find package 'better-sqlite3'"), {
        code: 'ERR_MODULE_NOT_FOUND',
      }),
    }),
  ])('names the remedy when the database driver is missing: %s', (error) => {
    expect(explain(error)).toContain('npm rebuild better-sqlite3')
  })

  it('is not taken for the database driver when another module is missing', () => {
    const error = Object.assign(new Error("Cannot find package 'koa'"), { code: 'ERR_MODULE_NOT_FOUND' })
    error.stack = ''
    expect(explain(error)).toBeUndefined()
  })

  it('goes to the log where it is unforeseen, with one sentence for the person', async () => {
    const { written, stderr } = makeSite()
    const lines: string[] = []
    const log = await makeLogger(
      { level: 'info', format: 'json' },
      { write: (line) => void lines.push(line) },
    )
    reportCrash(new TypeError('x of 5491112345678'), { stderr, log: () => log })
    expect(written).toEqual([
      'An unexpected error occurred (TypeError: x of 5491…78); the details are in the log.\n',
    ])
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 60, err: { type: 'TypeError' } })
  })

  it('goes to a private file where there is no log', () => {
    const { written, stderr } = makeSite()
    reportCrash(new TypeError('x'), { stderr, log: () => undefined })
    const path = /the details are in (\/.*\.json)\.\n$/.exec(written[0] ?? '')?.[1] ?? ''
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      error: { type: 'TypeError', message: 'x' },
    })
    rmSync(path)
  })
})

it.each([
  ['SQLITE_FULL', /disk of the data folder is full\. Free some space/],
  ['ENOSPC', /disk of the data folder is full\. Free some space/],
  ['EMFILE', /Too many files are open\. Raise the limit/],
  ['EROFS', /cannot be written/],
])('a fault of the machine, %s, is told with its remedy wherever it comes from', (code, words) => {
  const fault = Object.assign(new Error('x'), { code })
  expect(explain(new Error('a migration failed', { cause: fault }))).toMatch(words)
})

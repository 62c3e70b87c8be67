import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeSecretFile } from '../../src/util/secret-file.ts'

test('a secret is written for its owner alone, also in the place of a file that others could read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zaguan-secret-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'key.txt')
  writeFileSync(file, 'old', { mode: 0o644 })
  expect(writeSecretFile(file, 'new')).toBe(file)
  expect(readFileSync(file, 'utf8')).toBe('new\n')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['key.txt'])
})

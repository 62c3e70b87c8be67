import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const programs = ['scripts', 'test/support'].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => join(folder, name)),
)

// Plain JavaScript reads the built modules by their paths, which no compiler checks.
test.each(programs)('every module of the product that %s names exists', (program) => {
  const text = readFileSync(root + program, 'utf8')
  const imported = [...text.matchAll(/['"`](?:\.\.\/)+dist\/(?!program\/)([^'"`]+)\.js['"`]/g)]
  const loaded = [...text.matchAll(/\bload\('([^']+)\.js'\)/g)]
  const missing = [...imported, ...loaded].map(([, path]) => `src/${path}.ts`)
  expect(missing.filter((path) => !existsSync(root + path))).toEqual([])
})

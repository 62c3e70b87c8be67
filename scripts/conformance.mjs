// Lists the rows of the API documents, and whether a passing test is named after each: the report at the end of
// scripts/test. Reads vitest's JSON report. A test may name several rows, and ranges of them: `BOTSSY-28 … 35`.
import { readFileSync } from 'node:fs'

const rows = JSON.parse(readFileSync(new URL('../test/conformance/rows.json', import.meta.url), 'utf8'))
const result = JSON.parse(readFileSync(process.argv[2], 'utf8'))

/** The documents, `X` for what all of them promise. */
const documents = [...new Set(Object.keys(rows).map((row) => row.split('-')[0]))]
const reference = new RegExp(`\\b(${documents.join('|')})-(\\d+)(?:\\s*(?:…|to|–|\\.\\.\\.)\\s*(\\d+))?`, 'g')

/** Every row that a test's name speaks of. */
export function rowsIn(name) {
  const found = []
  for (const [, api, first, last] of name.matchAll(reference)) {
    for (let n = Number(first); n <= Number(last ?? first); n++)
      found.push(`${api}-${String(n).padStart(2, '0')}`)
  }
  return found
}

const passed = new Set()
const failed = new Set()
for (const { assertionResults } of result.testResults) {
  for (const { fullName, status } of assertionResults) {
    for (const row of rowsIn(fullName)) (status === 'passed' ? passed : failed).add(row)
  }
}

for (const api of documents) {
  const all = Object.keys(rows).filter((row) => row.startsWith(`${api}-`))
  const good = all.filter((row) => passed.has(row) && !failed.has(row))
  console.log(`${api.padEnd(6)} ${good.length} of ${all.length} rows passed`)
  const broken = all.filter((row) => failed.has(row))
  if (broken.length > 0) console.log(`       failed: ${broken.join(', ')}`)
  const untested = all.filter((row) => !passed.has(row) && !failed.has(row))
  if (untested.length > 0) console.log(`       without a test: ${untested.join(', ')}`)
  // No row may be without a test that passes.
  if (good.length < all.length) process.exitCode = 1
}

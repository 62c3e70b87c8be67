import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { ApiDocument } from '../support/openapi-document.ts'

let app: TestApp
let client: HttpClient
let api: ApiDocument
beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
  api = await ApiDocument.of(app.url)
})
afterAll(() => app.stop())

test('BOTSSY-117 the document satisfies a linter’s recommended rules', async () => {
  const source = (await client.get('/openapi.json')).text
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      // The gateway has no licence of its own to name in the answer to a request, and any server address may be local.
      'info-license': 'off',
      'no-server-example.com': 'off',
      'no-empty-servers': 'off',
      'security-defined': 'error',
      'operation-operationId': 'error',
      'no-ambiguous-paths': 'off',
      'no-invalid-media-type-examples': 'error',
    },
  })
  const problems = await lintFromString({ source, config })
  const said = problems.map(
    (problem) => `${problem.ruleId} ${problem.message} ${problem.location[0]?.pointer}`,
  )
  expect(said).toEqual([])
})

test('BOTSSY-117 every operation has an example of its answer, and each is as its schema says', () => {
  const faults = api.operations.flatMap((operation) => {
    const [status, done] = Object.entries(operation.responses).find(([status]) => status < '300') ?? []
    // A file is of any type and has no schema; a text of another type is no JSON.
    const types = Object.entries(done?.content ?? {})
    const [only] = types.length === 1 && types[0]?.[0] !== 'application/json' ? types : []
    if (only?.[1].example !== undefined) return []
    const example = done?.content?.['application/json']?.example
    if (example === undefined) return [`${operation.operationId} has no example`]
    return api.faultOf(operation, Number(status), example) ?? []
  })
  expect(faults).toEqual([])
})

test('the three APIs are tags', () => {
  const tags = new Set(api.operations.flatMap((operation) => operation.tags))
  expect([...tags]).toEqual(expect.arrayContaining(['BOTON', 'Botssy', 'Botbiz']))
})

test('BOTSSY-117 Swagger UI is served at /api from this server alone, and reads the document', async () => {
  const page = await client.get('/api', { key: null })
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('content-security-policy')).toContain("connect-src 'self'")
  expect(page.text).not.toMatch(/https?:\/\//)
  for (const [, file] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const asset = await client.get(`/${file}`, { key: null })
    expect(asset.status, file).toBe(200)
    expect(asset.text.length).toBeGreaterThan(50)
  }
  expect((await client.get('/api/start.js', { key: null })).text).toContain("url: 'openapi.json'")
  const slashed = await client.get('/api/', { key: null })
  const files = [...slashed.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '')
  expect([slashed.status, files.length]).toEqual([200, 4])
  for (const file of files) {
    const { pathname } = new URL(file, 'http://x/api/')
    expect([file, (await client.get(pathname, { key: null })).status]).toEqual([file, 200])
  }
  for (const odd of ['/api/package.json', '/api/..%2fpackage.json', '/api/__proto__']) {
    expect((await client.get(odd, { key: null })).status).toBe(404)
  }
})

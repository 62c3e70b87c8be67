import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'

let app: TestApp
let client: HttpClient

beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url)
})
afterAll(() => app.stop())

const ways = ['documentation', 'openapi', 'alive', 'ready']

test('whoever opens the bare address learns without a key where to go on, and every link leads there', async () => {
  const reply = await client.get('/')
  expect(reply).toMatchObject({ status: 200, json: { name: 'Zaguán' } })
  const { links } = reply.json as { links: Record<string, string> }
  expect(Object.keys(links)).toEqual(ways)
  for (const link of Object.values(links)) {
    expect([link, (await fetch(link)).status]).toEqual([link, 200])
  }
})

test('the bare address says nothing of the accounts, the version or the machine', async () => {
  const { json, text } = await client.get('/')
  expect(Object.keys(json as object)).toEqual(['name', 'say', 'links'])
  expect(text).not.toMatch(/0\.0\.0-test|5491138620812|wha_1/)
})

test('the bare address takes no writes, no unknown parameters and no second slash', async () => {
  expect((await client.post('/', {})).status).toBe(405)
  expect((await client.get('/?token=x')).status).toBe(400)
  expect((await client.get('//')).status).toBe(404)
})

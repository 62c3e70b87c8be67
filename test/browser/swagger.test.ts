import { chromium } from 'playwright-core'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'

let app: TestApp
let browser: Browser
let page: Page
/** Every address that the page asked for, and what the browser refused or complained about. */
const asked: string[] = []
const complaints: string[] = []

beforeAll(async () => {
  app = await startTestApp()
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // Tests run as root in containers, where Chromium's own sandbox cannot be.
    args: ['--no-sandbox', '--disable-background-networking'],
  })
  page = await browser.newPage()
  // Swagger UI takes seconds to render the whole document where other files keep the machine busy.
  page.setDefaultTimeout(45_000)
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${app.url}/api`)
  await page.locator('.opblock').first().waitFor()
})
afterAll(async () => {
  await browser?.close()
  await app.stop()
})

/** Opens an operation for trying. */
async function tryOut(method: string, path: string): Promise<Locator> {
  const summary = page.locator(`.opblock-summary-path[data-path="${path}"]`)
  const operation = page.locator(`.opblock-${method}`, { has: summary })
  await operation.locator(summary).click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  return operation
}

/** Presses "Execute". @returns the server's answer as the page shows it */
async function execute(operation: Locator): Promise<{ status: string; body: unknown }> {
  await operation.getByRole('button', { name: 'Execute' }).click()
  const answer = operation.locator('.live-responses-table .response').first()
  const status = await answer.locator('.response-col_status').innerText()
  const body = await answer.locator('.highlight-code code').first().innerText()
  return { status: status.trim(), body: JSON.parse(body) as unknown }
}

async function authorize(key: string): Promise<void> {
  await page.locator('.auth-wrapper .authorize').first().click()
  const dialog = page.locator('.modal-ux')
  await dialog.locator('input').fill(key)
  await dialog.getByRole('button', { name: 'Apply credentials' }).click()
  await dialog.getByRole('button', { name: 'Close' }).click()
}

test('BOTSSY-117 the page at /api takes a key, and tries calls with it', async () => {
  const status = await tryOut('get', '/api/v1/status')
  expect(await execute(status)).toMatchObject({ status: '401' })
  await authorize(app.key)
  await status.getByRole('button', { name: 'Clear' }).click()
  expect(await execute(status)).toMatchObject({ status: '200', body: { connected: true } })

  const send = await tryOut('post', '/api/v1/send')
  await send
    .locator('textarea.body-param__text')
    .fill(JSON.stringify({ to: '5491162328014', message: 'desde la página' }))
  const answer = await execute(send)
  expect(answer).toMatchObject({ status: '200', body: { success: true } })
  await expect.poll(() => app.line.sent.map(({ text }) => text)).toEqual(['desde la página'])
})

test('the page asks no other host, and the browser reports no fault', () => {
  expect(asked.length).toBeGreaterThan(5)
  const elsewhere = asked.filter((url) => !url.startsWith(`${app.url}/`) && !url.startsWith('data:'))
  expect(elsewhere).toEqual([])
  // The first try had no key, which the browser reports as it does every refusal.
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
})

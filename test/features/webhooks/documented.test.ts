import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { WebhookSignatureError, verifyWebhook } from '../../../src/client/webhooks.ts'
import { makeWebhookSecret, webhookFormatNames } from '../../../src/features/webhooks/webhook.ts'
import { webhookFormats } from '../../../src/daemon/apis.ts'
import { signatureHeaders } from '../../../src/features/webhooks/format.ts'

const page = readFileSync('docs/webhooks.md', 'utf8')
const dir = mkdtempSync(join(tmpdir(), 'zaguan-test-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const secret = makeWebhookSecret()
const former = makeWebhookSecret()
const body = JSON.stringify({ event: 'message.received', timestamp: 1, data: { content: 'Ñandú 👋' } })

function delivery(
  secrets = [secret],
  at = new Date(),
  format: (typeof webhookFormatNames)[number] = 'standard',
) {
  const letter = { id: 'evt_01JQ6Z5V8G3M4N5P6Q7R8S9T0V', event: 'message.received', body, at, secrets }
  return { headers: signatureHeaders(webhookFormats[format], letter), body }
}

/** The sample of a language, as the page prints it. */
function sample(language: string): string {
  const found = new RegExp('```' + language + '\\n([\\s\\S]*?)```').exec(page)?.[1]
  if (found === undefined) throw new Error(`the page has no sample in ${language}`)
  return found
}

type Ask = { headers: Record<string, string>; body: string; secret: string }

function inNode(asked: Ask): boolean {
  const file = join(dir, 'sample.mjs')
  writeFileSync(
    file,
    `${sample('js')}\nconst asked = JSON.parse(process.argv[2])
process.stdout.write(String(verify(asked.headers, asked.body, asked.secret)))`,
  )
  return execFileSync(process.execPath, [file, JSON.stringify(asked)], { encoding: 'utf8' }) === 'true'
}

function inPython(asked: Ask): boolean {
  const file = join(dir, 'sample.py')
  writeFileSync(
    file,
    `${sample('python')}\nimport json, sys\nasked = json.loads(sys.argv[1])
print(verify(asked["headers"], asked["body"].encode(), asked["secret"]))`,
  )
  return execFileSync('python3', [file, JSON.stringify(asked)], { encoding: 'utf8' }).trim() === 'True'
}

const hasPython = spawnSync('python3', ['--version']).status === 0

describe.each([
  ['Node', true, inNode],
  ['Python', hasPython, inPython],
] as const)('the documented sample in %s', (_, isThere, verify) => {
  test.skipIf(!isThere)('takes what the gateway signs and nothing else', () => {
    const good = delivery()
    expect(verify({ ...good, secret })).toBe(true)
    expect(verify({ ...delivery([former, secret]), secret })).toBe(true)
    expect(verify({ ...good, secret: former })).toBe(false)
    expect(verify({ ...good, body: `${body} `, secret })).toBe(false)
    expect(verify({ ...delivery([secret], new Date(Date.now() - 400_000)), secret })).toBe(false)
    expect(verify({ headers: {}, body, secret })).toBe(false)
  })
})

test.each(webhookFormatNames)(
  'verifyWebhook takes a delivery in the format %s and resolves with its body',
  async (format) => {
    const { headers } = delivery([secret], new Date(), format)
    const event = JSON.parse(body) as unknown
    expect(await verifyWebhook({ headers, body, secret })).toEqual(event)
    expect(await verifyWebhook({ headers: new Headers(headers), body: Buffer.from(body), secret })).toEqual(
      event,
    )
    expect(await verifyWebhook({ headers, body, secret: [former, secret] })).toEqual(event)
  },
)

test('verifyWebhook refuses what is forged, changed, old or not signed at all', async () => {
  const good = { ...delivery(), secret }
  const old = { ...delivery([secret], new Date(Date.now() - 301_000)), secret }
  const bad = [
    { ...good, secret: former },
    { ...good, secret: 'whsec_' },
    { ...good, secret: [] },
    { ...good, body: body.replace('Ñ', 'N') },
    { ...good, headers: {} },
    { ...good, headers: { ...good.headers, 'webhook-id': 'evt_1' } },
    { ...good, headers: { ...good.headers, 'webhook-signature': 'v1,%%% v2,x ' + 'v1,AA== '.repeat(1000) } },
    { ...good, headers: { ...good.headers, 'webhook-timestamp': 'NaN' } },
    old,
  ]
  for (const each of bad) await expect(verifyWebhook(each)).rejects.toThrow(WebhookSignatureError)
  expect(await verifyWebhook({ ...old, toleranceSeconds: 400 })).toBeTruthy()
})

test('a receiver of Botbiz passes during a rotation with the new secret, whichever v1 it keeps', async () => {
  const { createHmac } = await import('node:crypto')
  const { headers } = delivery([secret, former], new Date(), 'botbiz')
  const parts = (headers['x-botbiz-signature'] ?? '').split(',').map((part) => part.split('='))
  const time = parts.find(([name]) => name === 't')?.[1]
  const all = parts.filter(([name]) => name === 'v1').map(([, value]) => value)
  const by = (key: string) => createHmac('sha256', key).update(`${time}.${body}`).digest('hex')
  expect([all[0], all.at(-1)]).toEqual([by(secret), by(secret)])
  expect(all).toContain(by(former))
})

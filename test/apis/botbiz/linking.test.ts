import { afterEach, expect, test } from 'vitest'
import type { ConnectionReport } from '../../../src/features/accounts/connection.ts'
import type { PasskeyStage } from '../../../src/features/accounts/passkey.ts'
import { presentPasskey } from '../../../src/apis/botbiz/linking/schema.ts'
import { startGateway } from '../gateway.ts'
import type { Gateway, Scene } from '../gateway.ts'
import { refusal } from '../../http/refusal.ts'

const base = '/v1/whatsapp/accounts/wha_1'
const until = new Date('2026-03-25T14:00:20.000Z')
const request = {
  challenge: 'q2',
  rpId: 'whatsapp.com',
  options: { challenge: 'q2', rpId: 'whatsapp.com', x: 1 },
}
const asked: ConnectionReport = {
  state: {
    kind: 'pairing',
    qr: null,
    until,
    pairingCode: null,
    passkey: { step: 'assertion', until, request },
  },
  say: 'Sign.',
}
const assertion = {
  id: 'a',
  rawId: 'a',
  type: 'public-key',
  response: { clientDataJSON: 'a', authenticatorData: 'a', signature: 'a' },
}

let gateway: Gateway | undefined
afterEach(() => gateway?.server.stop())

async function given(scene: Scene) {
  gateway = await startGateway(scene)
  return gateway.client
}

/** Every way to link that is asked with a body, and a body that is good. */
const posts = [
  [`${base}/pairing-code`, { phone_number: '+5491138620812' }],
  [`${base}/passkey`, assertion],
  [`${base}/passkey/confirmation`, { code: 'ABCD-EFGH' }],
] as const

test.each(posts)(
  '%s needs the scope write:accounts, an account of the key, and a body',
  async (path, body) => {
    const reader = await given({ report: asked })
    const message = 'Insufficient API permissions. Required: write:accounts'
    expect(refusal(await reader.post(path, body))).toMatchObject({ status: 403, message })
    await gateway?.server.stop()
    const client = await given({ report: asked, scopes: ['write:accounts'] })
    expect(refusal(await client.post(path.replace('wha_1', 'wha_2'), body))).toMatchObject({ status: 404 })
    expect(refusal(await client.post(path, {}))).toMatchObject({ status: 400 })
    expect(refusal(await client.post(path, { ...body, more: 1 }))).toMatchObject({ status: 400 })
  },
)

test.each(posts)('%s is 409 once the account is linked', async (path, body) => {
  const report: ConnectionReport = { state: { kind: 'open', since: until }, say: 'Connected.' }
  const client = await given({ report, scopes: ['write:accounts'] })
  expect(refusal(await client.post(path, body))).toMatchObject({ status: 409, code: 'conflict' })
})

test('the passkey’s request is shown as WhatsApp wrote it, to every key that may read accounts', async () => {
  const client = await given({ report: asked })
  const json = {
    step: 'assertion',
    say: 'Sign.',
    request: request.options,
    code: null,
    expires_at: '2026-03-25T14:00:20Z',
  }
  expect(await client.get(`${base}/passkey`)).toMatchObject({ status: 200, json })
})

test('the passkey answers 404 while no request is open', async () => {
  const client = await given({})
  expect(refusal(await client.get(`${base}/passkey`))).toMatchObject({ status: 404, code: 'not_found' })
})

test('no code to scan is shown while a passkey is asked for', async () => {
  const client = await given({ report: asked, scopes: ['write:accounts'] })
  expect(refusal(await client.get(`${base}/qr-code`))).toMatchObject({ status: 503, code: 'unavailable' })
})

test('each step of the passkey is shown with what that step needs', () => {
  const stages: { [S in PasskeyStage['step']]: [Extract<PasskeyStage, { step: S }>, object] } = {
    assertion: [{ step: 'assertion', until, request }, { request: request.options }],
    phone: [{ step: 'phone', until }, {}],
    confirmation: [{ step: 'confirmation', until, code: 'ABCD-EFGH' }, { code: 'ABCD-EFGH' }],
    finishing: [{ step: 'finishing', until, code: 'ABCD-EFGH' }, { code: 'ABCD-EFGH' }],
  }
  const empty = { say: 'so', request: null, code: null, expires_at: '2026-03-25T14:00:20Z' }
  for (const [step, [stage, parts]] of Object.entries(stages)) {
    expect(presentPasskey({ stage, say: 'so' })).toEqual({ step, ...empty, ...parts })
  }
  expect(presentPasskey({ stage: null, say: 'so' })).toEqual({ ...empty, step: null, expires_at: null })
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { account } from '../../support/processes.ts'
import type { Daemon } from '../../support/processes.ts'
import { sharedSandbox, startScene } from '../../support/scene.ts'
import type { Scene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const base = '/v1/whatsapp/accounts/wha_1'
const sandbox = await sharedSandbox()
await sandbox.control.createPhone(account, { name: 'Dueña' })
/** The running test's own scene, unlinked at its begin. */
let scene: Scene
let daemon: Daemon

beforeEach(async () => {
  scene = await startScene({ sandbox, account: null })
  daemon = scene.daemon
})

afterEach(async () => {
  await scene[Symbol.asyncDispose]()
  await sandbox.control.unlink(account)
})

interface Passkey {
  step: string | null
  say: string
  request: Record<string, unknown> | null
  code: string | null
  error?: { code: string; message: string }
}

const look = () => daemon.call<Passkey>('GET', `${base}/passkey`)
const handIn = (assertion: object) => daemon.call<Passkey>('POST', `${base}/passkey`, assertion)

async function shownQr(): Promise<string> {
  return until('a code to scan', async () => {
    const { status, body } = await daemon.call<{ qr: string }>('GET', `${base}/qr-code?format=json`)
    return status === 200 && body.qr
  })
}

/** Scans the code; the answer is what WhatsApp wants signed. */
async function scanned(): Promise<Record<string, unknown>> {
  await sandbox.control.scan(account, await shownQr())
  return until('the request', async () => (await look()).body.request ?? undefined)
}

const problem = async () => (await sandbox.control.phone(account)).passkey?.problem

test('the owner signs with a passkey, and the account is linked without a code to compare', async () => {
  await sandbox.control.setPasskey(account, { required: true })
  const request = await scanned()
  expect(request).toMatchObject({ rpId: 'whatsapp.com', userVerification: 'required' })
  const { connection } = await daemon.status()
  expect(connection).toMatchObject({ state: 'pairing', reason: null })
  expect(connection.say).toContain('protects this account with a passkey')
  // The terminal says the same, with the request.
  expect(daemon.program?.output).toContain(String(request['challenge']))
  // No code that leads nowhere.
  const qr = await daemon.call<Passkey>('GET', `${base}/qr-code?format=json`)
  expect([qr.status, qr.body.error?.message]).toEqual([503, expect.stringContaining('passkey')])
  const answer = await handIn(await sandbox.control.assertion(account, request))
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  await daemon.connected()
  expect((await daemon.status()).phone).toBe(account)
  expect(await problem()).toBeNull()
  expect((await look()).status).toBe(409)
  await daemon.stop()
  await daemon.start()
  await daemon.connected()
})

test('a request for the passkey that WhatsApp does not send along is fetched', async () => {
  await sandbox.control.setPasskey(account, { required: true, embedsRequest: false })
  expect((await handIn(await sandbox.control.assertion(account, await scanned()))).status).toBe(200)
  await daemon.connected()
})

test('a pairing code leads to the passkey, too', async () => {
  await sandbox.control.setPasskey(account, { required: true })
  await shownQr()
  const { body } = await daemon.call<{ code: string }>('POST', `${base}/pairing-code`, {
    phone_number: account,
  })
  await sandbox.control.enterPairingCode(account, body.code)
  const request = await until('the request', async () => (await look()).body.request ?? undefined)
  expect((await handIn(await sandbox.control.assertion(account, request))).status).toBe(200)
  await daemon.connected()
})

test('an assertion that cannot fit is refused without spending the request', async () => {
  await sandbox.control.setPasskey(account, { required: true })
  const request = await scanned()
  const refused = async (assertion: object) => {
    const { status, body } = await handIn(assertion)
    return [status, body.error?.message]
  }
  const elsewhere = await sandbox.control.assertion(account, request, 'https://whatsapp.com.example.org')
  expect(await refused(elsewhere)).toEqual([
    400,
    expect.stringContaining('not made on a page of whatsapp.com'),
  ])
  const stale = await sandbox.control.assertion(account, { ...request, challenge: 'b2xk' })
  expect(await refused(stale)).toEqual([400, expect.stringContaining('another request')])
  const good = await sandbox.control.assertion(account, request)
  expect((await refused({ ...good, rawId: `${good.rawId}=` }))[0]).toBe(400)
  expect((await look()).body.request).toEqual(request)
  expect((await handIn(good)).status).toBe(200)
  await daemon.connected()
})

test('an assertion that WhatsApp refuses leads to a new request, which can be signed', async () => {
  await sandbox.control.setPasskey(account, { required: true })
  const request = await scanned()
  const good = await sandbox.control.assertion(account, request)
  const other = await sandbox.control.assertion(account, { ...request, challenge: 'b3RoZXI' })
  const { signature } = other.response
  const wrong = await handIn({ ...good, response: { ...good.response, signature } })
  expect([wrong.status, wrong.body.error?.message]).toEqual([400, expect.stringContaining('new request')])
  expect(await problem()).toBe('the signature is wrong')
  // The used request is worth nothing, even with the right signature.
  expect((await handIn(good)).body.error?.message).toContain('another request')
  const next = (await look()).body.request ?? {}
  expect(next['challenge']).not.toBe(request['challenge'])
  expect((await handIn(await sandbox.control.assertion(account, next))).status).toBe(200)
  await daemon.connected()
})

test('a request that was signed too late is replaced', async () => {
  await sandbox.control.setPasskey(account, { required: true, challengeMs: 1 })
  const late = await handIn(await sandbox.control.assertion(account, await scanned()))
  expect(late.status).toBe(400)
  expect(await problem()).toBe('the request has expired')
  expect((await look()).body.step).toBe('assertion')
})

test('a connection that is cut while the owner signs leads to a new code, and then to the link', async () => {
  await sandbox.control.setPasskey(account, { required: true })
  const request = await scanned()
  await sandbox.control.fault({ kind: 'drop' })
  const gone = await until('the request is gone', async () => {
    const { status } = await look()
    return status !== 200 && status
  })
  expect(gone).toBe(404)
  const assertion = await sandbox.control.assertion(account, request)
  expect((await handIn(assertion)).status).toBe(404)
  const second = await scanned()
  expect((await handIn(await sandbox.control.assertion(account, second))).status).toBe(200)
  await daemon.connected()
})

test('an account without a passkey is asked for none, and takes none', async () => {
  await sandbox.control.setPasskey(account, { required: false })
  await shownQr()
  expect((await look()).status).toBe(404)
  const confirmation = await daemon.call('POST', `${base}/passkey/confirmation`, { code: 'ABCD-EFGH' })
  expect(confirmation.status).toBe(404)
  await daemon.link(sandbox.control)
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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
  await sandbox.control.clearFaults()
  await sandbox.control.unlink(account)
})

interface Code {
  code: string
  expires_at: string
}

interface Refusal {
  error: { code: string; message: string }
}

async function shownQr(): Promise<string> {
  return until('a code to scan', async () => {
    const { status, body } = await daemon.call<{ qr: string }>('GET', `${base}/qr-code?format=json`)
    return status === 200 && body.qr
  })
}

const askFor = (number: string) =>
  daemon.call<Code & Refusal>('POST', `${base}/pairing-code`, { phone_number: number })

async function pairingCode(): Promise<Code> {
  await shownQr()
  const { status, body } = await askFor(`+${account}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

const reasons = () => daemon.log.map((line) => line['reason']).filter((reason) => reason !== undefined)

describe('linking by a code to type', () => {
  test('links the account, which then works', async () => {
    const { code, expires_at } = await pairingCode()
    expect(code).toMatch(/^[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}$/)
    const lifeMs = new Date(expires_at).getTime() - Date.now()
    expect(lifeMs).toBeGreaterThan(60_000)
    expect(lifeMs).toBeLessThan(161_000)
    await sandbox.control.enterPairingCode(account, code)
    await daemon.connected()
    expect((await daemon.status()).phone).toBe(account)
    expect((await sandbox.control.phone(account)).devices).toHaveLength(1)
    await daemon.stop()
    await daemon.start()
    await daemon.connected()
  })

  test('is unharmed by a wrong code: the right one and the code to scan go on working', async () => {
    const { code } = await pairingCode()
    const wrong = code.startsWith('A') ? `B${code.slice(1)}` : `A${code.slice(1)}`
    const before = await shownQr()
    await expect(sandbox.control.enterPairingCode(account, wrong)).rejects.toThrow('The code is wrong')
    expect((await daemon.status()).connected).toBe(false)
    // The phone's answer has invalidated the secret in the QR code, so a new one is shown.
    const after = await until('another code to scan', async () => {
      const qr = await shownQr()
      return qr !== before && qr
    })
    await sandbox.control.scan(account, after)
    await daemon.connected()
  })

  test('starts over where the connection is cut in the middle, without a login in between', async () => {
    const first = await pairingCode()
    await sandbox.control.fault({ kind: 'drop' })
    await until('the cut was noticed', () => reasons().includes('connection_lost'))
    await expect(sandbox.control.enterPairingCode(account, first.code)).rejects.toThrow('No device asks')
    const { code } = await pairingCode()
    expect(code).not.toBe(first.code)
    await sandbox.control.enterPairingCode(account, code)
    await daemon.connected()
    expect(reasons()).not.toContain('logged_out')
  })

  test('leaves nothing that the next start could stumble over where the daemon is killed in the middle', async () => {
    await pairingCode()
    await daemon.kill()
    await daemon.start()
    const { code } = await pairingCode()
    await sandbox.control.enterPairingCode(account, code)
    await daemon.connected()
    expect(reasons()).not.toContain('logged_out')
  })

  test('tells what WhatsApp says against it, and a code to scan still links', async () => {
    await shownQr()
    await sandbox.control.fault({ kind: 'refuse_pairing_code', error: 429 })
    expect((await askFor(account)).status).toBe(429)
    await sandbox.control.fault({ kind: 'refuse_pairing_code', error: 406 })
    const refused = await askFor(account)
    expect(refused).toMatchObject({
      status: 400,
      body: {
        error: {
          message: 'WhatsApp gives no pairing code for this number (not-acceptable).',
          details: [{ field: 'body.phone_number' }],
        },
      },
    })
    await sandbox.control.scan(account, await shownQr())
    await daemon.connected()
  })

  test('refuses bad numbers, a linked account, and a moment without a connection', async () => {
    await shownQr()
    for (const number of ['', 'abc', '12', '011 4321-1234', '1@lid']) {
      expect((await askFor(number)).status, number).toBe(400)
    }
    await sandbox.control.fault({ kind: 'refuse_connections', how: 'busy' })
    await sandbox.control.fault({ kind: 'drop' })
    await until('it waits', async () => (await daemon.status()).connection.state === 'waiting')
    expect((await askFor(account)).status).toBe(503)
    await sandbox.control.fault({ kind: 'accept_connections' })
    await daemon.link(sandbox.control)
    expect((await askFor(account)).status).toBe(409)
  })
})

test('zaguan start --pair shows the code and what to do with it, and no code to scan', async () => {
  await daemon.stop()
  await daemon.start(['--pair', `+${account}`])
  const shown = await until(
    'the code',
    () => /Pairing code: (\S{9})\n/.exec(daemon.program?.output ?? '')?.[1],
  )
  expect(daemon.program?.output).toContain('Link with phone number instead')
  expect(daemon.program?.output).not.toContain('Scan within')
  await sandbox.control.enterPairingCode(account, shown)
  await daemon.connected()
})

test('zaguan start --pair refuses text that is no number', async () => {
  await daemon.stop()
  await expect(daemon.start(['--pair', 'abc'])).rejects.toThrow('--pair: "abc" is not a phone number')
})

test('new codes are shown when WhatsApp retires the old ones, and they link', async () => {
  const before = await shownQr()
  await sandbox.control.fault({ kind: 'retire_codes' })
  const after = await until('another code', async () => {
    const qr = await shownQr()
    return qr !== before && qr
  })
  // The same reference with another secret: nothing else has changed.
  const fields = [before, after].map((qr) => qr.split('#')[1]?.split(',') ?? [])
  expect(fields[0]?.map((field, at) => field === fields[1]?.[at])).toEqual([true, true, true, false, true])
  await sandbox.control.scan(account, after)
  await daemon.connected()
})

test('a code to scan links as before', async () => {
  await daemon.link(sandbox.control)
  expect((await daemon.status()).phone).toBe(account)
})

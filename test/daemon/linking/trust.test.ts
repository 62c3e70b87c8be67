import { afterEach, beforeEach, expect, test } from 'vitest'
import { Daemon, SandboxProcess, account } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

let sandbox: SandboxProcess
let daemon: Daemon | undefined

beforeEach(async () => {
  sandbox = await SandboxProcess.start()
})

afterEach(async () => {
  await daemon?.remove()
  await sandbox.stop()
})

test('a server whose certificate another root key signed is refused', async () => {
  const other = await SandboxProcess.start()
  try {
    daemon = await (await Daemon.create({ sandbox: { url: sandbox.url, rootKey: other.rootKey } })).start()
    const { connection } = await until('it waits', async () => {
      const status = await daemon?.status()
      return status?.connection.state === 'waiting' && status
    })
    expect(connection.reason).toBe('untrusted_server')
    expect(connection.say).toContain('could not prove that it is WhatsApp')
  } finally {
    await other.stop()
  }
})

test('an account signature that does not fit is refused, and the next code works', async () => {
  daemon = await (await Daemon.create({ sandbox })).start()
  await sandbox.control.createPhone(account)
  await sandbox.control.fault({ kind: 'spoil_pairing', what: 'signature' })
  const qr = async () => {
    const answer = await daemon?.call<{ qr: string }>(
      'GET',
      '/v1/whatsapp/accounts/wha_1/qr-code?format=json',
    )
    return answer?.status === 200 && answer.body.qr
  }
  const spoilt = await until('a code', qr)
  await sandbox.control.scan(account, spoilt).catch(() => undefined)
  await until('it was refused', () => daemon?.log.some((line) => line['reason'] === 'pairing_refused'))
  expect((await daemon.status()).phone).toBeNull()
  const next = await until('another code', async () => {
    const code = await qr()
    return code !== spoilt && code
  })
  await sandbox.control.scan(account, next)
  await daemon.connected()
})

import { expect, test } from 'vitest'
import { account } from '../../support/processes.ts'
import { sharedSandbox, startScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const sandbox = await sharedSandbox()
const other = await sharedSandbox()

test('a server whose certificate another root key signed is refused', async () => {
  await using scene = await startScene({
    sandbox,
    account: null,
    env: { ZAGUAN_WHATSAPP__ROOT_KEY: other.rootKey },
  })
  const { connection } = await until('it waits', async () => {
    const status = await scene.daemon.status()
    return status.connection.state === 'waiting' && status
  })
  expect(connection.reason).toBe('untrusted_server')
  expect(connection.say).toContain('could not prove that it is WhatsApp')
})

test('an account signature that does not fit is refused, and the next code works', async () => {
  await using scene = await startScene({ sandbox, account: null })
  const { daemon } = scene
  await sandbox.control.createPhone(account)
  await sandbox.control.fault({ kind: 'spoil_pairing', what: 'signature' })
  const qr = async () => {
    const answer = await daemon.call<{ qr: string }>('GET', '/v1/whatsapp/accounts/wha_1/qr-code?format=json')
    return answer.status === 200 && answer.body.qr
  }
  const spoilt = await until('a code', qr)
  await sandbox.control.scan(account, spoilt).catch(() => undefined)
  await until('it was refused', () => daemon.log.some((line) => line['reason'] === 'pairing_refused'))
  expect((await daemon.status()).phone).toBeNull()
  const next = await until('another code', async () => {
    const code = await qr()
    return code !== spoilt && code
  })
  await sandbox.control.scan(account, next)
  await daemon.connected()
})

import { describe, expect, test } from 'vitest'
import type { AccountStatus } from '../../../src/core/account.ts'
import type { ErrorCode } from '../../../src/core/errors.ts'
import type { ConnectionState } from '../../../src/features/accounts/connection.ts'
import { setAccountStatus } from '../../../src/features/accounts/queries/accounts.ts'
import { until } from '../../support/until.ts'
import { app } from '../fixture.ts'

const soon = new Date(Date.now() + 20_000)

test('A caller who asks for the code of a new account in its first second waits for it', async () => {
  const { services, line } = await app({ linked: false })
  let code: string | undefined
  const asked = services.linking.qr(1).then(({ qr }) => (code = qr))
  line.become({ kind: 'connecting', attempt: 1 })
  line.become({ kind: 'connecting', attempt: 1 }, 2)
  expect(code).toBeUndefined()
  line.become({ kind: 'pairing', qr: '2@abc', until: soon, pairingCode: null })
  await until('the code is there', () => code === '2@abc')
  await asked
})

test('A caller does not wait for a code that will not come: while a passkey is asked for, or the next try is later', async () => {
  const { services, line } = await app({ linked: false })
  line.become({ kind: 'waiting', attempt: 3, until: soon, reason: 'unreachable' })
  const began = performance.now()
  await expect(services.linking.qr(1)).rejects.toThrow('There is no code to scan right now.')
  line.become({ kind: 'connecting', attempt: 4 })
  const asked = services.linking.qr(1)
  line.become({ kind: 'closed', reason: 'banned', since: soon })
  await expect(asked).rejects.toThrow('banned')
  expect(performance.now() - began).toBeLessThan(3000)
})

describe('the code to scan', () => {
  const at = new Date(0)
  const pairing: ConnectionState = { kind: 'pairing', qr: 'the code', until: at, pairingCode: null }
  const connecting: ConnectionState = { kind: 'connecting', attempt: 1 }
  const open: ConnectionState = { kind: 'open', since: at }

  /** The error codes of each state without a QR code. */
  const answers = {
    pending: 'unavailable',
    logged_out: 'unavailable',
    connected: 'conflict',
    disconnected: 'conflict',
    restricted: 'conflict',
  } satisfies Record<AccountStatus, ErrorCode>

  test.each(Object.entries(answers) as [AccountStatus, ErrorCode][])(
    'is there while it is shown, whatever the account was (%s); otherwise: %s',
    async (status, code) => {
      const one = await app()
      await one.store.write((trx) => setAccountStatus(trx, 1, status))
      one.line.become(connecting)
      await expect(one.services.linking.qr(1)).rejects.toMatchObject({ code })
      one.line.become(pairing)
      expect(await one.services.linking.qr(1)).toEqual({ qr: 'the code', until: at })
      one.line.become(open)
      await expect(one.services.linking.qr(1)).rejects.toMatchObject({ code: 'conflict' })
    },
  )

  test('of an account without a line is said to be about to start', async () => {
    const one = await app()
    one.line.find = () => undefined as unknown as ReturnType<typeof one.line.find>
    expect(one.services.linking.report(1)).toMatchObject({ state: { kind: 'starting' } })
  })
})

import { expect, test } from 'vitest'
import type { Account } from '../../../src/core/account.ts'
import type { ConnectionReport } from '../../../src/features/accounts/connection.ts'
import { checkReadiness } from '../../../src/apis/zaguan/health/readiness.ts'
import { unlinkedAccount } from '../accounts/unlinked-account.ts'
import { caller } from '../fixture.ts'

const at = new Date(0)
const account = (id: number, phone: string | null): Account => ({
  ...unlinkedAccount,
  id,
  status: phone === null ? 'pending' : 'connected',
  phone,
  expectedPhone: '5491100000000',
  linkedAt: phone === null ? null : at,
})
const open: ConnectionReport = { state: { kind: 'open', since: at }, say: 'Connected.' }
const pairing: ConnectionReport = {
  state: { kind: 'pairing', qr: 'x', until: at, pairingCode: null },
  say: 'Scan the code.',
}

function readiness(of: [Account, ConnectionReport][]) {
  return checkReadiness(
    {
      accounts: { list: () => Promise.resolve(of.map(([one]) => one)) },
      linking: { report: (id: number) => of.find(([one]) => one.id === id)?.[1] ?? pairing },
      checkDatabase: () => Promise.resolve(),
    } as unknown as Parameters<typeof checkReadiness>[0],
    caller,
  )
}

test('An account that was never linked does not keep the others from being ready', async () => {
  await expect(
    readiness([
      [account(1, '5491'), open],
      [account(2, null), pairing],
    ]),
  ).resolves.toBeDefined()
})

test('An account that was linked and has lost its link is not ready, whatever the others are', async () => {
  await expect(
    readiness([
      [account(1, '5491'), pairing],
      [account(2, '5492'), open],
    ]),
  ).rejects.toThrow('Scan')
})

test('While no account is linked at all, nothing can go in or out', async () => {
  await expect(readiness([[account(1, null), pairing]])).rejects.toThrow('Scan the code.')
})

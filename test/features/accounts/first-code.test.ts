import { expect, test } from 'vitest'
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

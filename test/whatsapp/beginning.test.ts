import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { Linking } from '../../src/features/accounts/linking.ts'
import { WhatsApp } from '../../src/whatsapp/whatsapp.ts'
import type { WhatsAppInputs, WhatsAppParts } from '../../src/whatsapp/whatsapp.ts'
import { until } from '../support/until.ts'

const fault = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' })

function connections(list: WhatsAppInputs['accounts']['list']) {
  const parts = {
    syncFullHistory: false,
    takes: { statusPosts: false, channels: false },
    historyDays: null,
    log: pino({ level: 'silent' }),
    pauses: { firstMs: 5, maxMs: 20 },
    vault: () => ({ retire: () => Promise.resolve(false) }),
    departing: { list: () => Promise.resolve([]) },
  }
  // Nothing of the rest is asked before there is an account.
  const whatsapp = new WhatsApp(parts as unknown as WhatsAppParts)
  const end = new AbortController()
  onTestFinished(async () => {
    end.abort()
    await whatsapp.stop()
  })
  const network = { url: null, rootKey: null }
  whatsapp.start(end.signal, { network, accounts: { list } } as unknown as WhatsAppInputs)
  return whatsapp
}

const linkingOf = (whatsapp: WhatsApp) =>
  new Linking({ lines: whatsapp, accounts: { get: () => Promise.reject(new Error('not asked')) } })

test('Connections that cannot begin are tried again until they can, and say so in between', async () => {
  let tries = 0
  let isWell = false
  const whatsapp = connections(() => {
    tries++
    return isWell ? Promise.resolve([]) : Promise.reject(fault)
  })
  await until('some tries failed', () => tries >= 3)
  expect(whatsapp.delay()).toMatchObject({ why: 'too many open files' })
  expect(linkingOf(whatsapp).report(1)).toMatchObject({
    state: { kind: 'starting' },
    say: expect.stringContaining('cannot start (too many open files)'),
  })
  isWell = true
  await until('it began', () => whatsapp.delay() === undefined)
  const { say } = linkingOf(whatsapp).report(1)
  expect(say).toBe('The connection is about to start.')
})

test('A stop while connections cannot begin waits for no further try, and neither does the removal of an account', async () => {
  const whatsapp = connections(() => Promise.reject(fault))
  await until('it failed', () => whatsapp.delay() !== undefined)
  await whatsapp.close(1)
  expect(whatsapp.find(1)).toBeUndefined()
})

import { describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { app, juan, message, send } from '../fixture.ts'

describe('the status of an account', () => {
  test('says in one answer who it is, whether it is connected, and what waits and why', async () => {
    const one = await app({ fromFile: { businessName: 'Panadería' } })
    await one.inbound({})
    await one.services.chats.update(1, juan, { botEnabled: true, untouchable: true })
    expect(await one.services.status.report(1)).toMatchObject({
      account: { id: 1, phone: '5491138620812', status: 'connected' },
      settings: { businessName: 'Panadería' },
      connected: true,
      activeBotChats: 1,
      untouchableChats: 1,
      connection: { state: { kind: 'open' }, say: 'Connected to WhatsApp.' },
      outbox: { waiting: 0, oldestAt: null, reason: null },
    })
    one.line.answer = () => ({ kind: 'unconfirmed' })
    const id = await send(one, 'hola')
    const { outbox } = await until('it waits with its reason', async () => {
      const report = await one.services.status.report(1)
      return report.outbox.reason !== null && report
    })
    expect(outbox).toMatchObject({ waiting: 1, reason: expect.stringContaining('has not confirmed') })
    expect(outbox.oldestAt).toEqual((await message(one, id)).createdAt)
  })

  test('of an account that does not exist is not found', async () => {
    await expect((await app()).services.status.report(9)).rejects.toMatchObject({ code: 'not_found' })
  })
})

import { expect, test } from 'vitest'
import { app, eventsOf, incomingChange } from '../fixture.ts'

const phone = '5491112345678'
const lid = '123456789012345@lid'
const words = 'zanahoria secreta'
const byLid = { kind: 'person', phone: null, lid, group: null } as const

test('of two customers who turn out to be one while they are erased, no word stays in the log', async () => {
  const one = await app()
  const { customers, inbox } = one.services
  await one.inbound({ lid, waId: 'L1', text: 'hola' })
  const target = { waId: 'L1', fromMe: false, participant: null }
  await inbox.messages(1, [
    incomingChange({ kind: 'edit', target, text: words }, { chat: byLid, waId: 'L2', at: new Date() }),
  ])
  await one.inbound({ phone, text: 'buenas' })
  expect(JSON.stringify(await eventsOf(one))).toContain(words)
  const { customers: both } = await customers.list(1, { limit: 10, offset: 0 })
  const byNumber = both.find((customer) => customer.phone === phone)!
  expect(both).toHaveLength(2)

  const erased = customers.erase(1, byNumber.id)
  await inbox.mappings(1, [{ lid, phone }], new Date())
  await erased
  expect((await customers.list(1, { limit: 10, offset: 0 })).customers).toEqual([])
  expect(JSON.stringify(await eventsOf(one))).not.toContain(words)
})

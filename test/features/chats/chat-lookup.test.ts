import { describe, expect, test } from 'vitest'
import { app, juan, lid } from '../fixture.ts'

describe('a chat', () => {
  test('is found under every spelling of its address', async () => {
    const one = await app()
    await one.inbound({ lid, phone: '5491112345678' })
    for (const address of [
      juan,
      lid,
      '+54 9 11 1234-5678',
      '5491112345678',
      '5491112345678:3@s.whatsapp.net',
    ]) {
      expect((await one.services.chats.get(1, address)).jid).toBe(juan)
    }
    await expect(one.services.chats.get(1, '5491199999999')).rejects.toMatchObject({ code: 'not_found' })
    await expect(one.services.chats.get(1, 'Juan')).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(one.services.chats.get(2, juan)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('is paged by a message of the same chat only', async () => {
    const one = await app()
    for (const text of ['a', 'b', 'c']) await one.inbound({ text })
    await one.inbound({ phone: '5491123456789', text: 'elsewhere' })
    const page = await one.services.messages.ofChat(1, juan, { limit: 10, before: 3 })
    expect(page.messages.map(({ text }) => text)).toEqual(['a', 'b'])
    for (const before of [4, 99]) {
      await expect(one.services.messages.ofChat(1, juan, { limit: 10, before })).rejects.toMatchObject({
        code: 'not_found',
      })
    }
    await expect(one.services.messages.get(2, 1)).rejects.toMatchObject({ code: 'not_found' })
  })
})

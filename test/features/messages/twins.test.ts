import { expect, test } from 'vitest'
import { isDuplicateFile } from '../../../src/core/message-body.ts'
import { app, juan } from '../fixture.ts'

test('a picture that comes once more in a better quality says which message it belongs to, and the bot leaves it alone', async () => {
  const one = await app()
  await one.inbound({ waId: 'FIRST', kind: 'image', text: 'la casa' })
  const partOf = { relation: 'better', waId: 'FIRST' } as const
  await one.inbound({ kind: 'image', text: '', details: { partOf } })
  await one.inbound({ kind: 'image', text: '', details: { partOf: { ...partOf, relation: 'album' } } })
  await one.inbound({ kind: 'image', text: '', details: { partOf: { ...partOf, waId: 'NEVER' } } })
  const { messages } = await one.services.messages.ofChat(1, juan, { limit: 10 })
  const [first, better, ofAlbum, orphan] = messages
  expect(better?.details?.partOf).toEqual({ ...partOf, messageId: first?.id })
  expect(orphan?.details?.partOf?.messageId).toBeUndefined()
  const twins = [first, better, ofAlbum, orphan].map((each) => isDuplicateFile(each?.details ?? null))
  expect(twins).toEqual([false, true, false, false])
  const response = await fetch(`${one.url}/api/v1/messages/${better?.id}`, {
    headers: { authorization: `Bearer ${one.key}` },
  })
  expect(await response.json()).toMatchObject({
    details: { partOf: { relation: 'better', id: 'FIRST', messageId: first?.id } },
  })
})

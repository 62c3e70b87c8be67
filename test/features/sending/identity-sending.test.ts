import { expect, test } from 'vitest'
import { putColdText } from '../../../src/features/sending/queries/cold-texts.ts'
import { app, lid } from '../fixture.ts'
import { chatsStored } from '../../support/rows/people.ts'
import { rowsOf } from '../../support/rows/tables.ts'

const phone = '5491112345678'

test('a stranger who was told the same in two chats counts once when they become one', async () => {
  const { store, services, inbound } = await app()
  await inbound({ phone, text: 'uno' })
  await inbound({ lid, text: 'dos' })
  const chats = () => chatsStored(store.read)
  const [first = 0, second = 0] = (await chats()).map(({ id }) => id)
  await store.write(async (trx) => {
    const tell = (digest: string, chatId: number) =>
      putColdText(trx, { accountId: 1, digest, chatId }, new Date())
    await tell('both', first)
    await tell('both', second)
    await tell('one', first)
    await tell('other', second)
  })
  await services.inbox.mappings(1, [{ lid, phone }], new Date())
  const [{ id } = { id: 0 }, ...more] = await chats()
  expect(more).toEqual([])
  const texts = await rowsOf(store.read, 'cold_texts')
  expect(texts).toMatchObject(['both', 'one', 'other'].map((digest) => ({ digest, chat_id: id })))
})

import { expect, test } from 'vitest'
import { findAccount, insertAccount } from '../../src/features/accounts/queries/accounts.ts'
import type { Store } from '../../src/db/store.ts'
import { at, storeWithAccount } from './folder.ts'

const nameOf = async (store: Store, id: number) => (await findAccount(store.read, id))?.name
const insertSecond = (store: Store) =>
  store.write((trx) => insertAccount(trx, { network: 'whatsapp', name: 'Second', at: at(1) }))

test('a read inside a write sees what that write has changed', async () => {
  const store = await storeWithAccount()
  const seen = await store.write(async () => {
    await insertSecond(store)
    return nameOf(store, 2)
  })
  expect(seen).toBe('Second')
})

test('a read beside a write sees only what is committed', async () => {
  const store = await storeWithAccount()
  let inserted = () => {}
  const insertedYet = new Promise<void>((resolve) => (inserted = resolve))
  let goOn = () => {}
  const hold = new Promise<void>((resolve) => (goOn = resolve))
  const writing = store.write(async () => {
    await insertSecond(store)
    inserted()
    await hold
  })
  await insertedYet
  expect(await nameOf(store, 2)).toBeUndefined()
  goOn()
  await writing
  expect(await nameOf(store, 2)).toBe('Second')
})

test('a read that a write left running goes on where the write has ended', async () => {
  const store = await storeWithAccount()
  let late: Promise<string | undefined> | undefined
  let goOn = () => {}
  const hold = new Promise<void>((resolve) => (goOn = resolve))
  await store.write(async () => {
    await insertSecond(store)
    late = hold.then(() => nameOf(store, 2))
  })
  goOn()
  expect(await late).toBe('Second')
})

test('a write that fails leaves nothing for later reads', async () => {
  const store = await storeWithAccount()
  const failing = store.write(async () => {
    await insertSecond(store)
    throw new Error('on purpose')
  })
  await expect(failing).rejects.toThrow('on purpose')
  expect(await nameOf(store, 2)).toBeUndefined()
})

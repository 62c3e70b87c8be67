import { expect, test } from 'vitest'
import { correspondents } from './party.ts'

/** Bob renews the session while a letter of his on the old one is under way; then Alice writes. */
async function renewInMidTraffic(): Promise<string[]> {
  const [alice, bob] = await correspondents()
  const late = await bob.write(alice, 'on the old session')
  await bob.begin(alice)
  const read = [await alice.read(bob, await bob.write(alice, 'on the new session'))]
  read.push(await alice.read(bob, late))
  read.push(await bob.read(alice, await alice.write(bob, 'can you read me?')))
  read.push(await alice.read(bob, await bob.write(alice, 'yes')))
  return read
}

test('a session that is renewed while a letter on the old one is under way goes on for both', async () => {
  expect(await renewInMidTraffic()).toEqual([
    'on the new session',
    'on the old session',
    'can you read me?',
    'yes',
  ])
})

test('a letter that fits no session is refused and spoils none', async () => {
  const [alice, bob] = await correspondents()
  const good = await bob.write(alice, 'good')
  for (const at of [5, 20, good.ciphertext.length - 1]) {
    const spoilt = Buffer.from(good.ciphertext)
    spoilt[at] = (spoilt[at] ?? 0) ^ 0xff
    await expect(alice.read(bob, { ...good, ciphertext: spoilt })).rejects.toThrow()
  }
  expect(await alice.read(bob, good)).toBe('good')
  expect(await bob.read(alice, await alice.write(bob, 'still here'))).toBe('still here')
})

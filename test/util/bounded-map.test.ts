import { expect, test } from 'vitest'
import { MessageLog } from '../../src/sandbox/people/message-log.ts'
import { BoundedMap } from '../../src/util/bounded-map.ts'

test('a map at its limit forgets the oldest entries', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4)
  expect([...map]).toEqual([
    ['b', 2],
    ['c', 4],
  ])
})

test('a log keeps the newest messages and counts all', () => {
  const log = new MessageLog()
  const base = { from: '1', chat: '1@lid', fromMe: false, device: 0, message: { conversation: 'x' } }
  for (let n = 0; n < 70_000; n++) log.add({ ...base, id: `m${n}` })
  log.add({ ...base, id: 'm69999' })
  expect(log.messages.length).toBeLessThanOrEqual(60_000)
  expect([log.total, log.duplicates]).toEqual([70_001, 1])
  expect(log.find('m69998')?.id).toBe('m69998')
})

import { array, assert, asyncProperty, constant, constantFrom, integer, oneof, record } from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { contradictionsIn } from '../consistency.ts'
import { HandClock, app, send, texts } from '../fixture.ts'

const clock = new HandClock()
let one: TestApp

beforeEach(async () => {
  one = await app({ clock })
})

const chat = (address: string) => one.services.chats.get(1, address)
const learn = (pair: { lid: string; phone: string }) => one.services.inbox.mappings(1, [pair], clock.now())

test('whatever the order of messages and mappings, a person ends with one chat, all messages and right counters', async () => {
  let run = 0
  const who = integer({ min: 0, max: 1 })
  const how = constantFrom('phone', 'lid', 'both')
  const step = oneof(
    record({ do: constant('write' as const), who, how, wa: integer({ min: 0, max: 6 }) }),
    record({ do: constant('history' as const), who, how, wa: integer({ min: 0, max: 6 }) }),
    record({ do: constant('send' as const), who, how, wa: constant(0) }),
    record({ do: constant('learn' as const), who, how, wa: constant(0) }),
    record({ do: constant('resolve' as const), who, how, wa: constant(0) }),
  )
  await assert(
    asyncProperty(array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      run++
      const people = [0, 1].map((n) => ({
        phone: `34${610_000_000 + run * 2 + n}`,
        lid: `${200_000_000_000 + run * 2 + n}@lid`,
      }))
      const expected = people.map(() => new Set<string>())
      await Promise.all(
        steps.map(async (each) => {
          const { phone: digits, lid: theirs } = people[each.who]!
          const address =
            each.how === 'phone'
              ? { phone: digits }
              : each.how === 'lid'
                ? { lid: theirs }
                : { phone: digits, lid: theirs }
          const text = `${run}.${each.who}.${each.wa}`
          clock.advance(10)
          if (each.do === 'learn') return learn({ lid: theirs, phone: digits })
          if (each.do === 'write' || each.do === 'history') {
            expected[each.who]!.add(text)
            return one.inbound({
              ...address,
              waId: `W${text}`,
              text,
              origin: each.do === 'history' ? 'history' : 'live',
            })
          }
          if (each.do === 'resolve') {
            clock.advance(1)
            return void (await one.services.conversations.resolveIdle(clock.now()))
          }
          const label = `${run} sent ${expected[each.who]!.size} ${Math.random()}`
          expected[each.who]!.add(label)
          await send(one, label, each.how === 'lid' ? theirs : `${digits}@s.whatsapp.net`)
        }),
      )
      for (const [index, person] of people.entries()) {
        await learn(person)
        if (expected[index]!.size === 0) continue
        expect((await texts(one, person.lid)).toSorted()).toEqual([...expected[index]!].toSorted())
        expect((await chat(person.lid)).id).toBe((await chat(`${person.phone}@s.whatsapp.net`)).id)
      }
      expect(await contradictionsIn(one.store)).toEqual([])
    }),
    { numRuns: 40 },
  )
})

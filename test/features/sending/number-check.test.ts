import { beforeEach, expect, test } from 'vitest'
import { phoneJid } from '../../../src/core/jid.ts'
import { putNumberCheck } from '../../../src/features/sending/queries/number-checks.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/until.ts'
import { turns } from '../../util/turns.ts'
import { HandClock, app, message, send } from '../fixture.ts'

// WhatsApp restricts an account that writes to numbers which are not on WhatsApp (463): a question without an answer is a no.
const dayMs = 24 * 60 * 60_000
const phone = '5491155512345'
const open = { kind: 'open', since: new Date(0) } as const

let clock: HandClock
let one: TestApp
beforeEach(async () => {
  clock = new HandClock()
  one = await app({ clock, timeToLiveMs: 400 * dayMs })
})

type Answer = () => Promise<string | null>
const yes: Answer = () => Promise.resolve(phoneJid(phone))
const no: Answer = () => Promise.resolve(null)
const silence: Answer = () => Promise.reject(new Error('WhatsApp did not say whether the number exists'))

/** Answers questions about numbers in this order. @returns the numbers asked about */
function answering(...answers: readonly Answer[]): string[] {
  const asked: string[] = []
  one.line.lookUp = (number) => {
    asked.push(number)
    const answer = answers[asked.length - 1]
    return answer ? answer() : Promise.reject(new Error('a question too many'))
  }
  return asked
}

/** Lets time pass and the sender look again. */
async function later(ms: number): Promise<void> {
  clock.advance(ms)
  one.line.become(open)
  await turns(30)
}

/** Stores an answer that WhatsApp gave some time ago. */
async function answered(ageMs: number): Promise<void> {
  const check = { jid: phoneJid(phone), checkedAt: new Date(clock.now().getTime() - ageMs) }
  await one.store.write((trx) => putNumberCheck(trx, 1, phone, check))
}

test('a stranger about whom WhatsApp does not answer gets nothing, until it does', async () => {
  const asked = answering(silence, silence, yes)
  const id = await send(one, 'hola', phoneJid(phone))
  await until('it is asked', () => asked.length === 1)
  await later(10 * 60_000)
  await until('it is asked again', () => asked.length === 2)
  expect(one.line.sent).toEqual([])
  expect(await message(one, id)).toMatchObject({ status: 'queued' })
  await later(10 * 60_000)
  await until('it goes', () => one.line.sent.length === 1)
})

test.each([
  ['is older than 31 days', 31 * dayMs + 1],
  ['comes from the future of a clock that was wrong', -dayMs],
])('an answer that %s is not believed: nothing goes before WhatsApp confirms it', async (_, ageMs) => {
  await answered(ageMs)
  const asked = answering(silence, no)
  const id = await send(one, 'hola', phoneJid(phone))
  await until('it is asked', () => asked.length === 1)
  await later(10 * 60_000)
  await until('it failed', async () => (await message(one, id)).status === 'failed')
  expect(await message(one, id)).toMatchObject({ reason: 'not_on_whatsapp' })
  expect(one.line.sent).toEqual([])
})

test('an answer of the last 31 days is believed', async () => {
  await answered(31 * dayMs - 60_000)
  const asked = answering()
  await send(one, 'hola', phoneJid(phone))
  await until('it goes', () => one.line.sent.length === 1)
  expect(asked).toEqual([])
})

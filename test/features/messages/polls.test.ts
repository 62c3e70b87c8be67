import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PollOption } from '../../../src/core/content.ts'
import type { Change, IncomingChange } from '../../../src/core/messages/incoming.ts'
import { hashOf } from '../../../src/features/messages/changes/poll-vote.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { eventsOf, incomingChange, juan } from '../fixture.ts'
import { detailsOf } from '../../support/details.ts'

const start = Date.now()
let app: TestApp
let count = 0
let waId: string

beforeAll(async () => {
  app = await startTestApp({ keepFormer: true })
})
afterAll(() => app.stop())
beforeEach(() => (waId = `P${++count}`))

type Made =
  Exclude<Change, { kind: 'timer' }> extends infer C ? (C extends C ? Omit<C, 'target'> : never) : never

/** Takes a change of the poll in, twice. */
async function change(what: Made, about: Partial<IncomingChange> = {}): Promise<void> {
  const made = { ...what, target: { waId, fromMe: false, participant: null } } as Change
  const id = `C${++count}`
  const incoming = incomingChange(made, { waId: id, at: new Date(start + count * 1000), ...about })
  await app.services.inbox.messages(1, [incoming, incoming])
}

const asks = (open: boolean, options = ['Lunes', 'Martes']) =>
  app.inbound({
    waId,
    kind: 'poll',
    text: '¿Día?',
    details: { poll: { question: '¿Día?', options, selectable: 0, ...(open ? { open } : {}) } },
  })
const option = (name: string, raw = name): PollOption => ({ name, hash: hashOf(raw) })
const adds = (...options: PollOption[]) => change({ kind: 'options', options })
const votes = (...names: string[]) => change({ kind: 'vote', vote: { chosen: names.map(hashOf) } })

async function shown() {
  const { messages } = await app.services.messages.ofChat(1, juan, { limit: 100 })
  const message = messages.find((each) => each.waId === waId)
  if (!message) throw new Error('it is not there')
  return message
}
const optionsNow = async () => detailsOf(await shown()).poll?.options

test('an added option is in the poll once, and can be voted for', async () => {
  await asks(true)
  await votes('Lunes')
  await adds(option('Jueves'), option('Lunes'), option('Viernes', 'Viernes\u202e'))
  expect(await optionsNow()).toEqual(['Lunes', 'Martes', 'Jueves', 'Viernes'])
  await votes('Jueves', 'Viernes\u202e')
  const { id, votes: cast } = await shown()
  expect(cast).toMatchObject([{ options: ['Jueves', 'Viernes'] }])
  const names = (await eventsOf(app)).filter(({ data }) => (data as { messageId?: number }).messageId === id)
  expect(names.map(({ name }) => name)).toEqual([
    'message.received',
    'message.voted',
    'message.edited',
    'message.voted',
  ])
  expect(await app.services.messages.formerTexts(1, id)).toEqual([])
})

test('an option that comes before its poll waits for it, and a poll that takes none, or is full, stays as it is', async () => {
  await adds(option('Jueves'))
  await asks(true)
  expect(await optionsNow()).toEqual(['Lunes', 'Martes', 'Jueves'])
  waId = `P${++count}`
  await asks(false)
  await adds(option('Jueves'))
  expect(await optionsNow()).toEqual(['Lunes', 'Martes'])
  waId = `P${++count}`
  await asks(
    true,
    Array.from({ length: 99 }, (_, n) => `n${n}`),
  )
  await adds(option('uno'), option('dos'), option(''))
  expect((await optionsNow())?.slice(98)).toEqual(['n98', 'uno'])
})

test('a poll is edited as a whole by its author, into a poll only, and what it was is kept', async () => {
  await asks(false)
  const poll = { question: '¿Qué día?', options: ['Lunes', 'Martes'], selectable: 1 }
  await change({ kind: 'edit', text: 'palabras' })
  await change({ kind: 'edit', text: '¿Qué día?', facts: { name: 'no' }, poll })
  await change({ kind: 'edit', text: poll.question, poll }, { fromMe: true })
  expect((await shown()).text).toBe('¿Día?')
  await change({ kind: 'edit', text: poll.question, poll })
  const { id, text, details, editedAt } = await shown()
  expect([text, details]).toEqual(['¿Qué día?', { poll }])
  expect(editedAt).not.toBeNull()
  expect(await app.services.messages.formerTexts(1, id)).toMatchObject([
    { text: '¿Día?', details: { poll: { question: '¿Día?', selectable: 0 } } },
  ])
  await votes('Martes')
  expect((await shown()).votes).toMatchObject([{ options: ['Martes'] }])
})

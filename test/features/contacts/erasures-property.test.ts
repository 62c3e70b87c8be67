import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { contradictionsIn } from '../consistency.ts'
import { HandClock, send, texts } from '../fixture.ts'

const clock = new HandClock()
let app: TestApp
let count = 0

beforeAll(async () => {
  app = await startTestApp({ clock })
})
afterAll(() => app.stop())

interface Step {
  what: 'write' | 'history' | 'send' | 'learn' | 'name' | 'erase'
  how: 'phone' | 'lid' | 'both'
  /** The age of the history's message in seconds. */
  age: number
}

/** A person who comes under either address, with the messages expected in the end. */
class Person {
  readonly jid: string
  readonly expected = new Set<string>()
  private readonly both: { phone: string; lid: string }
  private erasedAt = 0

  constructor() {
    const n = ++count
    this.both = { phone: `34${620_000_000 + n}`, lid: `${300_000_000_000 + n}@lid` }
    this.jid = `${this.both.phone}@s.whatsapp.net`
  }

  async customers() {
    const { customers } = await app.services.customers.list(1, { limit: 1000, offset: 0 })
    return customers.filter(({ phone, lid }) => phone === this.both.phone || lid === this.both.lid)
  }

  learn(): Promise<void> {
    return app.services.inbox.mappings(1, [this.both], clock.now())
  }

  async take({ what, how, age }: Step): Promise<void> {
    clock.advance(1000)
    const { phone, lid } = this.both
    const address = { phone: { phone }, lid: { lid }, both: this.both }[how]
    const now = clock.now().getTime()
    const sentAt = new Date(what === 'history' ? now - age * 1000 : now)
    const text = `${phone} at ${now}`
    if (what === 'learn') return this.learn()
    if (what === 'erase') return this.erase(now)
    if (what === 'name') {
      const chat = { kind: 'person', phone: null, lid: null, group: null, ...address } as const
      return app.services.inbox.names(1, [{ chat, name: text, pushName: null }])
    }
    if (sentAt.getTime() > this.erasedAt) this.expected.add(text)
    if (what === 'send') await send(app, text, how === 'lid' ? lid : this.jid)
    else await app.inbound({ ...address, text, origin: what === 'history' ? 'history' : 'live', sentAt })
  }

  private async erase(now: number): Promise<void> {
    for (const { id } of await this.customers()) {
      await app.services.customers.erase(1, id)
      this.erasedAt = now
      this.expected.clear()
    }
  }
}

test('only newer messages of an erased person remain, in whatever order they arrive', async () => {
  const step = record<Step>({
    what: constantFrom('write', 'history', 'history', 'send', 'learn', 'name', 'erase'),
    how: constantFrom('phone', 'lid', 'both'),
    age: integer({ min: 1, max: 8 }),
  })
  await assert(
    asyncProperty(array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const person = new Person()
      for (const each of steps) await person.take(each)
      await person.learn()
      const shown = await texts(app, person.jid).catch((): string[] => [])
      expect(shown.toSorted()).toEqual([...person.expected].toSorted())
      if (person.expected.size > 0) expect(await person.customers()).toHaveLength(1)
      expect(await contradictionsIn(app.store)).toEqual([])
    }),
    { numRuns: 12 },
  )
})

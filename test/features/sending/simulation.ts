import { carefulRules } from '../../../src/features/sending/rules/pacing.ts'
import type { PacingRules, SendClass } from '../../../src/features/sending/rules/pacing.ts'
import { Pacer } from '../../../src/features/sending/queue/pacer.ts'
import { changeStatus } from '../../../src/features/messages/statuses.ts'
import type { TestApp } from '../../support/app.ts'
import type { HandClock } from '../fixture.ts'
import { sendNow } from '../fixture.ts'

export interface WentOut {
  id: number
  at: number
  sendClass: SendClass
  chatId: number
  queuedAt: number
}

/** Something that happens at a time of the simulated days. */
export interface Happening {
  at: number
  run: () => Promise<void>
}

const phone = (n: number) => `54911${String(50_000_000 + n)}`
const jid = (n: number) => `${phone(n)}@s.whatsapp.net`

/** An account whose sender rests, while the simulation asks the pacer in its place on a clock of its own. */
export class Simulation {
  readonly went: WentOut[] = []
  /** The number of kills between handing a message over and recording it. */
  crashes = 0
  private readonly app: TestApp
  private readonly clock: HandClock
  private readonly rules: PacingRules
  private pacer: Pacer
  private readonly queuedAt = new Map<number, number>()

  constructor(app: TestApp, clock: HandClock, rules: PacingRules = carefulRules) {
    this.app = app
    this.clock = clock
    this.rules = rules
    this.pacer = this.restarted()
  }

  get now(): number {
    return this.clock.now().getTime()
  }

  async queue(...numbers: number[]): Promise<number[]> {
    const to = numbers.map(jid)
    const results = await sendNow(this.app, { to, text: 'hola' })
    return results.map(({ messageId }) => {
      this.queuedAt.set(messageId ?? 0, this.now)
      return messageId ?? 0
    })
  }

  writes(n: number, sentAt = this.clock.now()): Promise<void> {
    return this.app.inbound({ phone: phone(n), text: 'buenas', sentAt })
  }

  restart(): void {
    this.pacer = this.restarted()
  }

  /** Runs until `end`, or until nothing is left to do. `dies` says whether the program ends in the middle of this message. */
  async run(
    happenings: readonly Happening[],
    end: number,
    dies: (n: number) => boolean = () => false,
  ): Promise<void> {
    const todo = happenings.toSorted((a, b) => a.at - b.at)
    let tried = 0
    while (this.now < end) {
      while (todo[0] && todo[0].at <= this.now) await todo.shift()?.run()
      const { messages, lookAt } = await this.pacer.choose(1, new Set())
      const [message] = messages
      if (!message) {
        const next = Math.min(todo[0]?.at ?? Infinity, lookAt ?? Infinity)
        if (next === Infinity) return
        this.clock.advance(Math.max(next - this.now, 1))
        continue
      }
      await this.pacer.leaving(message)
      const { messageId: id, sendClass, chatId } = message
      this.went.push({ id, at: this.now, sendClass, chatId, queuedAt: this.queuedAt.get(id) ?? 0 })
      if (dies(tried++)) {
        this.crashes += 1
        this.restart()
        continue
      }
      await this.app.store.write((trx) =>
        changeStatus(trx, 1, message.waId, {
          status: 'sent',
          reason: null,
          detail: null,
          at: this.clock.now(),
        }),
      )
      this.clock.advance(120)
    }
  }

  private restarted(): Pacer {
    return new Pacer({ store: this.app.store, clock: this.clock, rules: this.rules, zone: 'UTC' })
  }
}

/** Every rule that was broken by what went out, in words; empty where none was. */
export function broken(went: readonly WentOut[], rules: PacingRules): string[] {
  const faults: string[] = []
  const say = (fault: string, at: WentOut) => faults.push(`${fault} at ${new Date(at.at).toISOString()}`)
  const byChat = new Map<number, WentOut>()
  went.forEach((one, n) => {
    const before = went[n - 1]
    if (before && one.at - before.at < rules.gapMs[0]) say('gap', one)
    const inChat = byChat.get(one.chatId)
    if (inChat && one.at - inChat.at < rules.chatGapMs) say('gap of a chat', one)
    if (inChat && one.id < inChat.id) say('order of a chat', one)
    byChat.set(one.chatId, one)
  })
  // A message that was tried twice is one, and counts where it was tried last.
  const final = [...new Map(went.map((one) => [one.id, one])).values()].toSorted((a, b) => a.at - b.at)
  for (const [sendClass, of] of Object.entries(rules.classes)) {
    const mine = final.filter((one) => one.sendClass === sendClass)
    mine.forEach((one, n) => {
      const before = mine[n - 1]
      const isFirstTry = went.find(({ id }) => id === one.id) === one
      if (isFirstTry && before && one.at - before.at < of.gapMs[0]) say(`gap of ${sendClass}`, one)
      for (const { count, windowMs } of of.limits) {
        const first = mine[n - count]
        if (first && one.at - first.at < windowMs) say(`${count} in ${windowMs} ms of ${sendClass}`, one)
      }
      const hour = new Date(one.at).getUTCHours()
      if (of.hours && (hour < of.hours.from || hour >= of.hours.to)) say(`hours of ${sendClass}`, one)
    })
    if (of.rest) {
      let run = 0
      mine.forEach((one, n) => {
        const before = mine[n - 1]
        run = before && one.at - before.at < (of.rest?.ms[0] ?? 0) ? run + 1 : 1
        if (run > (of.rest?.after ?? 0)) say(`rest of ${sendClass}`, one)
      })
    }
  }
  return faults
}

// Both ends of a gateway that comes and goes: clients of its API, and the phones of its customers.
import { randomUUID } from 'node:crypto'
import { call, pause } from './lib.mjs'

/** Sends as a careful client does: with one key until there is an answer. `at.base` may change meanwhile. */
export async function sendSurely(at, to, message, pauseMs = 100) {
  const key = randomUUID()
  for (;;) {
    const answer = await call(at.base, '/api/v1/send', {
      method: 'POST',
      body: { to, message },
      headers: { 'idempotency-key': key },
    }).catch(() => undefined)
    if (answer?.status === 200) return answer.body.messageId
    await pause(pauseMs)
  }
}

/** Lists everything that came to a customer's phone, also twice. */
export async function allReceived(control, number) {
  const all = []
  for (let after = 0; ;) {
    const page = await control.received(number, after, 500)
    all.push(...page.messages)
    if (page.messages.length === 0 || page.next === after) return all
    after = page.next
  }
}

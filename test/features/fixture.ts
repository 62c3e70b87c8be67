import { bootstrapLimits } from '../../src/features/access/plans.ts'
import { onTestFinished } from 'vitest'
import type { Caller } from '../../src/core/caller.ts'
import type { EventRecord } from '../../src/core/events.ts'
import type { Change, IncomingChange } from '../../src/core/messages/incoming.ts'
import type { Message } from '../../src/features/messages/message.ts'
import type { SendResult } from '../../src/features/messages/outgoing.ts'
import type { SendRequest } from '../../src/features/sending/send-request.ts'
import type { SendReport } from '../../src/features/sending/submissions.ts'
import { eventsAfter } from '../../src/features/events/queries/events.ts'
import type { Clock } from '../../src/util/clock.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp, TestAppOptions } from '../support/app.ts'

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  private ms = 1_700_000_000_000

  now(): Date {
    return new Date(this.ms)
  }

  advance(ms: number): void {
    this.ms += ms
  }
}

/** The running test's own app, stopped after it. */
export async function app(options: TestAppOptions = {}): Promise<TestApp> {
  const started = await startTestApp(options)
  onTestFinished(() => started.stop())
  return started
}

export const caller: Caller = {
  keyId: 1,
  keyPrefix: 'test',
  accountId: 1,
  allAccounts: true,
  scopes: ['admin'],
  mode: 'live',
  limits: bootstrapLimits,
}

export const juan = '5491112345678@s.whatsapp.net'
export const lid = '123456789012345@lid'

export async function eventsOf({ store }: TestApp, after = 0): Promise<EventRecord[]> {
  await store.flushed()
  return eventsAfter(store.read, 1, { after, limit: 1000 })
}

export async function eventNames(app: TestApp): Promise<string[]> {
  return (await eventsOf(app)).map(({ name }) => name).filter((name) => name !== 'account.updated')
}

/** Queues a text and returns the message's id. */
export async function send({ services }: TestApp, text: string, to = juan): Promise<number> {
  const [result] = await sendNow({ services }, { to: [to], text })
  if (!result?.messageId) throw new Error('it was not queued')
  return result.messageId
}

/** Sends something now and returns the result for each recipient. */
export async function sendNow(
  app: Pick<TestApp, 'services'>,
  request: SendRequest,
  by: Caller = caller,
): Promise<SendResult[]> {
  return (await submit(app, request, by)).results
}

/** Submits a send for now, to one or many, and returns its results. */
export async function submit(
  { services }: Pick<TestApp, 'services'>,
  request: SendRequest,
  by: Caller = caller,
): Promise<SendReport> {
  const submitted = await services.sending.submissions.submit(by, request)
  if (submitted.kind !== 'queued') throw new Error('it was scheduled')
  return submitted
}

export function message({ services }: TestApp, id: number): Promise<Message> {
  return services.messages.get(1, id)
}

export async function texts({ services }: TestApp, address = juan): Promise<string[]> {
  return (await services.messages.ofChat(1, address, { limit: 100 })).messages.map(({ text }) => text)
}

/** A change as it comes live from the customer of most tests, unless `about` says otherwise. */
export function incomingChange(
  change: Change,
  about: Partial<IncomingChange> & Pick<IncomingChange, 'waId' | 'at'>,
): IncomingChange {
  const chat = { kind: 'person', phone: '5491112345678', lid: null, group: null } as const
  return { chat, fromMe: false, by: [], origin: 'live', change, ...about }
}

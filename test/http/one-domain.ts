import { expect } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { tracesOf } from './traces.ts'

export const juan = '5491162328014'
const apis = ['boton', 'botssy', 'botbiz'] as const
export type Api = (typeof apis)[number]

/** One gateway for each API: what is told to one through its API, the others are told through theirs. */
export type Gateways = Record<Api, { app: TestApp; client: HttpClient }>

interface Told {
  status: number
  text: string
}
export type Story = (client: HttpClient, app: TestApp) => Promise<Told>

/** Juan has written to each. The time stands still, so that the times of all that happens are the same, unless `now` moves it. */
export async function startGateways(now: () => Date): Promise<Gateways> {
  const start = async () => {
    const app = await startTestApp({ clock: { now }, keepFormer: true, pacing: 'off' })
    await app.inbound({ phone: juan, pushName: 'Juan', waId: 'Q1' })
    return { app, client: new HttpClient(app.url, app.key) }
  }
  return { boton: await start(), botssy: await start(), botbiz: await start() }
}

/**
 * Tells a story through each API and compares all that it leaves behind: rows, messages that went out, events. Returns what was
 * answered.
 */
export async function checkAlike(
  gateways: Gateways,
  stories: Record<Api, Story>,
  status: 'done' | 'refused' = 'done',
): Promise<Record<Api, Told>> {
  const before = await tracesOf(gateways.boton.app)
  const answers: Partial<Record<Api, Told>> = {}
  for (const api of apis) {
    const { app, client } = gateways[api]
    const reply = await stories[api](client, app)
    const isDone = reply.status < 300 && !reply.text.includes('"success":false')
    expect([api, isDone, reply.text]).toEqual([api, status === 'done', reply.text])
    answers[api] = reply
  }
  const expected = await tracesOf(gateways.boton.app)
  // A story that leaves nothing behind would be the same everywhere.
  if (status === 'done') expect(expected).not.toEqual(before)
  else expect(expected).toEqual(before)
  for (const api of apis) expect(await tracesOf(gateways[api].app), api).toEqual(expected)
  return answers as Record<Api, Told>
}

/** A message to Juan: what the body says in each API. */
export function message(bodies: Record<Api, object>): Record<Api, Story> {
  return {
    boton: (client) => client.post('/api/v1/send', { to: juan, ...bodies.boton }),
    botssy: (client) => client.post('/api/v1/conversations/1/messages', bodies.botssy),
    botbiz: (client) => client.post('/v1/whatsapp/messages', { to: `+${juan}`, ...bodies.botbiz }),
  }
}

/** The same where BOTON and Botssy have one route for it. */
export function both(shared: Story, botbiz: Story): Record<Api, Story> {
  return { boton: shared, botssy: shared, botbiz }
}

/** A call that is made twice with one Idempotency-Key, and answered twice in the same way. */
export function twice(path: string, body: object): Story {
  return async (client) => {
    const headers = { 'idempotency-key': 'order-17' }
    const first = await client.post(path, body, { headers })
    const second = await client.post(path, body, { headers })
    expect([second.status, second.text]).toEqual([first.status, first.text])
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    return second
  }
}

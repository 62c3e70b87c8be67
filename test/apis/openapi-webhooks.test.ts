import { afterAll, beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { eventCatalogue } from '../../src/core/events.ts'
import { webhookDocuments, webhookFormats } from '../../src/daemon/apis.ts'
import { makeBody } from '../../src/features/webhooks/format.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import type { Change } from '../../src/core/messages/incoming.ts'
import { incomingChange } from '../features/fixture.ts'
import { fillAccount } from './everything.ts'

let app: TestApp
let client: HttpClient
beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
  await fillAccount(app, client)
  await more()
})
afterAll(() => app.stop())

interface Posted {
  parameters: { name: string }[]
  requestBody: { content: { 'application/json': { schema: { anyOf: object[] } } } }
}

/** Things happen of which the filled account has none. */
async function more(): Promise<void> {
  const phone = '5491162320101'
  const group = '120363041234567890@g.us'
  const participant = `${phone}@s.whatsapp.net`
  await app.inbound({ phone, text: 'Hola', waId: 'EVENTS' })
  await app.inbound({ group, participant, text: 'Hola a todos', waId: 'EVENTS G' })
  const inGroup = { kind: 'group', phone: null, lid: null, group } as const
  const target = { waId: 'EVENTS G', fromMe: false, participant }
  const done = (change: Change, n: number) =>
    incomingChange(change, {
      chat: inGroup,
      by: [participant],
      waId: `DONE ${n}`,
      at: new Date(Date.now() + n),
    })
  await app.services.inbox.messages(1, [
    done({ kind: 'reaction', target, emoji: '👍' }, 1),
    done({ kind: 'edit', target, text: 'Hola' }, 2),
    done({ kind: 'delete', target }, 3),
  ])
  const [newest] = ((await client.get('/api/v1/conversations')).json as { data: { id: number }[] }).data
  const conversation = `/api/v1/conversations/${newest?.id}`
  for (const takeover of [true, false]) await client.patch(conversation, { takeover })
  await client.patch(conversation, { status: 'resolved' })
  const { id } = (
    await client.post('/api-management/webhooks', { name: 'x', url: 'http://127.0.0.1:9/', events: ['*'] })
  ).json as { id: number }
  await client.post(`/api-management/webhooks/${id}/test`, undefined)
}

test('every event of the catalogue is in the document with its signature and its three bodies', async () => {
  const { webhooks } = (await client.get('/openapi.json')).json as {
    webhooks: Record<string, { post: Posted }>
  }
  expect(Object.keys(webhooks).toSorted()).toEqual(Object.keys(eventCatalogue).toSorted())
  for (const { post } of Object.values(webhooks)) {
    const names = post.parameters.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining(['webhook-signature', 'x-botssy-signature', 'x-botbiz-signature']),
    )
    expect(post.requestBody.content['application/json'].schema.anyOf).toHaveLength(3)
  }
})

test('what is sent is what the document says, without a field more', async () => {
  const { events } = await app.services.events.list(1, { after: 0, limit: 500 })
  const seen = new Set(events.map(({ event }) => event.name))
  expect(seen.size).toBeGreaterThanOrEqual(12)
  const wrong: string[] = []
  for (const facts of events) {
    for (const [index, document] of webhookDocuments.entries()) {
      const schema = document.body(facts.event.name)
      // The order of the bodies in the document.
      const format = (['botssy', 'standard', 'botbiz'] as const)[index] ?? 'botssy'
      const body = JSON.parse(makeBody(webhookFormats[format], facts)) as { data: object }
      const checked = schema.safeParse(body)
      if (!checked.success) wrong.push(`${facts.event.name} ${format}: ${checked.error.message}`)
      const known = Object.keys((schema.shape['data'] as z.ZodObject).shape)
      const extra = Object.keys(body.data).filter((key) => !known.includes(key))
      if (extra.length > 0) wrong.push(`${facts.event.name} ${format}: ${extra.join(', ')}`)
    }
  }
  expect(wrong).toEqual([])
})

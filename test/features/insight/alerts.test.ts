import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { ModelFault } from '../../../src/features/bot/rules/bot-model.ts'
import type { AlertOptions } from '../../../src/features/insight/alert-channels.ts'
import { AlertWatch } from '../../../src/features/insight/alert-watch.ts'
import { Alerts } from '../../../src/features/insight/alerts.ts'
import { findChat } from '../../../src/features/chats/queries/chats.ts'
import { webhookSummary } from '../../../src/features/webhooks/queries/deliveries-log.ts'
import { appendEvent } from '../../../src/features/events/queries/events.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'
import { HandClock, app, juan } from '../fixture.ts'

const log = pino({ level: 'silent' })
const minuteMs = 60_000

/** An address that keeps what it is told, and answers as it is set. */
async function receiver() {
  const told: string[] = []
  const answer = { status: 200 }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      if (answer.status === 200) told.push(body)
      response.writeHead(answer.status).end()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, told, answer }
}

/** Alerts over a running app; another call is as another start of the program. */
function alertsOf({ services, store, line }: TestApp, clock: HandClock, options: Partial<AlertOptions>) {
  const { accounts, modelHealth: health, settings } = services
  const alerts = new Alerts({
    lines: line,
    accounts,
    health,
    store,
    clock,
    log,
    options: { url: null, command: null, ...options },
    pausesMs: [0, 0],
  })
  alerts.start()
  onTestFinished(() => alerts.stop())
  return {
    alerts,
    watch: new AlertWatch({ alerts, store, clock, health, settings, humanMs: 120 * minuteMs }),
  }
}

async function handOver({ store, clock }: { store: TestApp['store']; clock: HandClock }, jid = juan) {
  await store.write(async (trx) => {
    const chat = await findChat(trx, 1, jid)
    const chatId = chat?.id ?? 0
    const data = { chatId, reason: 'asked_for_a_person' } as const
    await appendEvent(trx, { name: 'bot.handed_over', accountId: 1, chatId, data }, clock.now())
  })
}

async function scene(options: Parameters<typeof app>[0] = {}) {
  const clock = new HandClock()
  const running = await app({ clock, modelConfigured: true, ...options })
  const heard = await receiver()
  return { clock, running, heard, ...alertsOf(running, clock, { url: heard.url }) }
}

test('A customer who asks for a person is reported by name and number, once an hour in each chat', async () => {
  const { clock, running, heard, watch } = await scene()
  await running.inbound({ pushName: 'Ana\u202E \u001B[31mPérez\n' })
  await running.inbound({ phone: '5491155550002', pushName: 'Luis' })
  await watch.look()
  await handOver({ ...running, clock })
  await watch.look()
  expect(heard.told).toEqual([
    'Test: Ana  [31mPérez (+54 9 11 1234 5678) asks for a person. ' +
      'Answer in WhatsApp: the bot stays silent in this chat for 2 hours.',
  ])
  await handOver({ ...running, clock })
  await handOver({ ...running, clock }, '5491155550002@s.whatsapp.net')
  await watch.look()
  expect(heard.told.length).toBe(2)
  expect(heard.told[1]).toContain('Luis (+54 9 11 5555 0002) asks for a person.')
  clock.advance(61 * minuteMs)
  await handOver({ ...running, clock })
  await watch.look()
  expect(heard.told.length).toBe(3)
})

test('A customer without a number is reported by the username, never by the LID', async () => {
  const { clock, running, heard, watch } = await scene()
  const [known, unknown] = ['77700011122233@lid', '77700011122244@lid']
  await running.inbound({ lid: known, pushName: null, username: 'maria.lopez' })
  await running.inbound({ lid: unknown, pushName: null })
  await watch.look()
  for (const jid of [known, unknown]) await handOver({ ...running, clock }, jid)
  await watch.look()
  expect(heard.told).toEqual([
    expect.stringContaining('Test: @maria.lopez asks for a person.'),
    expect.stringContaining('Test: A customer asks for a person.'),
  ])
})

test('A restart neither forgets a customer who asked for a person nor tells it twice', async () => {
  const { clock, running, heard, alerts, watch } = await scene()
  await running.inbound({})
  await watch.look()
  await handOver({ ...running, clock })
  await alerts.stop()
  await watch.look()
  expect(heard.told).toEqual([])
  await alertsOf(running, clock, { url: heard.url }).watch.look()
  expect(heard.told.length).toBe(1)
  await handOver({ ...running, clock })
  await alertsOf(running, clock, { url: heard.url }).watch.look()
  expect(heard.told.length).toBe(1)
})

test('What happened while alerts were off, or long ago, is not reported once they are on', async () => {
  const { clock, running, heard, watch } = await scene()
  await running.inbound({})
  await handOver({ ...running, clock })
  await watch.look()
  await handOver({ ...running, clock })
  clock.advance(61 * minuteMs)
  await watch.look()
  expect(heard.told).toEqual([])
})

test('An address that fails for a moment is tried again, and one that stays down is given up and reported later', async () => {
  const { clock, running, heard, watch } = await scene()
  await running.inbound({})
  await watch.look()
  heard.answer.status = 500
  await handOver({ ...running, clock })
  await watch.look()
  heard.answer.status = 200
  expect(heard.told).toEqual([])
  await alertsOf(running, clock, { url: heard.url }).watch.look()
  expect(heard.told.length).toBe(1)
})

test('A model that is down is reported once in an hour, with what to do, and its first answer ends the outage', async () => {
  const { running, heard, alerts } = await scene()
  const { modelHealth } = running.services
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  modelHealth.failed(
    new ModelFault('unavailable', 'The model cannot be reached.', new Error('x', { cause: refused })),
  )
  modelHealth.failed(
    new ModelFault('circuit_open', 'The model failed too often; it is asked again after a pause.'),
  )
  await until('it was told', () => heard.told.length > 0)
  await alerts.stop()
  expect(heard.told).toEqual([
    'The language model cannot be reached (no program listens there): customers are told that a person will answer. ' +
      'Check that the server of llm.baseUrl runs.',
  ])
  expect((await running.services.status.report(1)).model).toMatchObject({
    state: 'down',
    say: expect.stringContaining('no program listens there'),
  })
  modelHealth.succeeded()
  expect((await running.services.status.report(1)).model.state).toBe('ok')
})

test('A single unreadable answer of the model is no outage, three in a row are', async () => {
  const { modelHealth } = (await app({ modelConfigured: true })).services
  const fault = new ModelFault('broken', 'The model answered without a message.')
  modelHealth.failed(fault)
  modelHealth.failed(fault)
  expect(modelHealth.report().state).toBe('ok')
  modelHealth.failed(fault)
  expect(modelHealth.report().state).toBe('down')
})

test('A bot that is on without a model is reported once a day, and not at all while it is off', async () => {
  const { clock, running, heard, watch } = await scene({ modelConfigured: false })
  await watch.look()
  expect(heard.told).toEqual([])
  await running.services.settings.update(1, { botNewChats: true })
  const look = () => alertsOf(running, clock, { url: heard.url }).watch.look()
  await look()
  clock.advance(2 * 60 * minuteMs)
  await look()
  expect(heard.told).toEqual([
    'Test: The bot is on. There is no language model, so the bot cannot answer. Set llm.baseUrl and llm.model, or turn the bot off.',
  ])
  clock.advance(23 * 60 * minuteMs)
  await look()
  expect(heard.told.length).toBe(2)
})

test('Webhooks that wait for ten minutes are reported with the names of their receivers', async () => {
  const clock = new HandClock()
  const running = await app({ clock })
  const heard = await receiver()
  const down = await receiver()
  down.answer.status = 500
  const client = new HttpClient(running.url, running.key)
  const body = { name: 'CRM', url: down.url, events: ['message.received'] }
  expect(await client.post('/api-management/webhooks', body)).toMatchObject({ status: 201 })
  await running.inbound({})
  await until('a delivery failed', async () => {
    return (await webhookSummary(running.store.read, 1)).failing.length === 1
  })
  await alertsOf(running, clock, { url: heard.url }).watch.look()
  expect(heard.told).toEqual([])
  clock.advance(11 * minuteMs)
  await alertsOf(running, clock, { url: heard.url }).watch.look()
  expect(heard.told).toEqual([expect.stringMatching(/^Test: \d+ webhook deliver.*Failing: "CRM"\./)])
})

test('The command gets the alert in its environment as one line, whatever a name holds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zaguan-alerts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const clock = new HandClock()
  const running = await app({ clock })
  const file = join(folder, 'told')
  const { alerts } = alertsOf(running, clock, {
    command: `printf '%s|%s|%s' "$ZAGUAN_ALERT" "$ZAGUAN_ALERT_ACCOUNT" "$ZAGUAN_ALERT_TEXT" > ${file}`,
  })
  const say = 'one\u0000two\n\u001B]0;three\u0007 $(touch x) `y`'
  expect(await alerts.send({ kind: 'person_wanted', accountId: 1, subject: '1', say })).toBe(true)
  expect(readFileSync(file, 'utf8')).toBe('person_wanted|Test|one two ]0;three  $(touch x) `y`')
})

// Measures a bot turn without the model and the deliberate pauses, beside many stored messages, and the memory of many turns.
import { makeBot } from '../../dist/daemon/assistant.js'
import { OpenAiModel } from '../../dist/llm/openai-model.js'
import { ModelServer } from '../../dist/sandbox/model-server.js'
import { createGateway } from '../../dist/daemon/gateway.js'
import { Store } from '../../dist/db/store.js'
import { MediaFiles } from '../../dist/features/media/files/media-files.js'
import { makeLogger } from '../../dist/util/logger.js'
import { openSecretBox } from '../../dist/util/secret-key.js'
import { bareSettings } from '../bare-settings.mjs'
import { quantile, round, temporaryFolder, until, whenDone } from './lib.mjs'

const stored = 100_000
const chats = 1000

/** Figures of the bot: overhead of a turn in ms, memory of 50 chats at once in MB. */
export async function bot() {
  const folder = temporaryFolder()
  const store = await Store.open(folder)
  const log = await makeLogger({ level: 'silent', format: 'json' })
  const lines = { find: () => undefined, onChange: () => () => undefined }
  const clock = { now: () => new Date() }
  const fromFile = { botNewChats: true, businessDescription: 'Peluquería en el centro.' }
  const gateway = createGateway({
    store,
    files: new MediaFiles(folder),
    secrets: openSecretBox(folder),
    lines,
    clock,
    log,
    version: '0',
    settings: bareSettings({ fromFile, bot: { missingModel: null } }),
  })
  const { services } = gateway
  await services.accounts.ensureFirst('sandbox', 'Bench')
  let count = 0
  const message = (chat, more = {}) => ({
    chat: { kind: 'person', phone: `54911${10_000_000 + chat}`, lid: null, group: null },
    waId: `B${count++}`,
    fromMe: false,
    participant: null,
    pushName: 'Ana',
    kind: 'text',
    text: `mensaje ${count} con algunas palabras`,
    sentAt: clock.now(),
    origin: 'history',
    proto: null,
    details: null,
    ...more,
  })
  for (let at = 0; at < stored; at += 500) {
    await services.inbox.messages(
      1,
      Array.from({ length: 500 }, (_, index) => message((at + index) % chats)),
    )
  }
  await store.write((trx) => trx.updateTable('chats').set({ bot_enabled: 1 }).execute())
  let delayMs = 0
  const model = await new ModelServer(() => ({
    text: `Gracias, tomo nota ${'abcdefghij'[count % 10].repeat(9)}.`,
    delayMs,
  })).start()
  const answering = makeBot(gateway, {
    model: new OpenAiModel({ baseUrl: model.baseUrl, apiKey: null, model: 'scripted', log }),
    lines,
    clock,
    log,
    timing: { quietMs: 0, maxMs: 0, pause: () => 0, turnMs: 60_000 },
    secrets: [],
  })
  const end = new AbortController()
  await answering.start(end.signal)
  whenDone(async () => {
    end.abort()
    await answering.stop()
    await store.close()
    await model.stop()
  })
  await until(
    'the bot follows',
    async () => (await store.read.selectFrom('bot_cursors').selectAll().execute()).length > 0,
  )
  const turns = () => store.read.selectFrom('bot_turns').select(['overhead_ms', 'state']).execute()
  const say = (from, to) =>
    services.inbox.messages(
      1,
      Array.from({ length: to - from }, (_, index) => message(from + index, { origin: 'live' })),
    )
  const done = (n) =>
    until(`${n} turns`, async () => (await turns()).filter(({ state }) => state === 'done').length >= n)
  for (let chat = 0; chat < 300; chat++) {
    await say(chat, chat + 1)
    await done(chat + 1)
  }
  const overheads = (await turns()).map(({ overhead_ms }) => overhead_ms)
  globalThis.gc?.()
  const idle = process.memoryUsage().rss
  delayMs = 1500
  let most = idle
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
  await say(300, 350)
  await done(350)
  clearInterval(watch)
  return [
    {
      figure: `overhead of a turn, ${stored} messages stored, median`,
      value: round(quantile(overheads, 0.5)),
      unit: 'ms',
    },
    { figure: 'the same, p99', value: round(quantile(overheads, 0.99)), unit: 'ms', target: 50 },
    {
      figure: '50 chats in flight, above idle',
      value: round((most - idle) / 2 ** 20),
      unit: 'MB',
      target: 30,
    },
  ]
}

import { pino } from 'pino'
import { makeBot } from '../../../../src/daemon/assistant.ts'
import type { BotTiming } from '../../../../src/features/bot/engine/bot.ts'
import type { BotConfig } from '../../../../src/features/bot/rules/bot-settings.ts'
import type { TurnReport } from '../../../../src/features/bot/rules/bot-turn.ts'
import type { MediaReader } from '../../../../src/features/media/media-reader.ts'
import type { Settings } from '../../../../src/core/settings.ts'
import { OpenAiModel } from '../../../../src/llm/openai-model.ts'
import { ModelServer } from '../../../../src/sandbox/model-server.ts'
import type { ChatRequest, ModelScript } from '../../../../src/sandbox/model-server.ts'
import type { Clock } from '../../../../src/util/clock.ts'
import { startTestApp } from '../../../support/app.ts'
import type { TestApp } from '../../../support/app.ts'
import { until } from '../../../support/until.ts'
import { countRows } from '../../../support/rows/tables.ts'

export interface BotAppOptions {
  script: ModelScript
  settings?: Partial<Settings>
  bot?: Partial<BotConfig>
  timing?: Partial<BotTiming>
  clock?: Clock
  dataDir?: string
  /** One model call without its repetition. */
  timeoutMs?: number
  /** The model's abilities besides reading text. */
  senses?: { images?: boolean; transcriptionModel?: string }
  media?: MediaReader
}

export interface BotApp extends TestApp {
  model: ModelServer
  /** Returns the texts sent to a number, oldest first. */
  sentTo(phone: string): string[]
  turns(phone?: string): Promise<TurnReport[]>
  /** Makes a customer write and returns the turn that came of it, done. */
  say(phone: string, text: string): Promise<TurnReport>
  wake(): void
}

export const apiKey = 'sk-test-0123456789abcdefghij'

/** The product with its bot, over a real database and real HTTP to a scripted model. */
export async function startBotApp(options: BotAppOptions): Promise<BotApp> {
  const model = await new ModelServer(options.script).start()
  const app = await startTestApp({
    modelConfigured: true,
    bot: options.bot ?? {},
    fromFile: { botNewChats: true, businessName: 'Peluquería Sol', ...options.settings },
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
  })
  const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
  const { assistant } = app.services
  const bot = makeBot(app, {
    model: new OpenAiModel({
      baseUrl: model.baseUrl,
      apiKey,
      model: 'scripted',
      log,
      retryAfterMs: 5,
      ...options.senses,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    }),
    ...(options.media ? { media: options.media } : {}),
    lines: app.line,
    clock: options.clock ?? { now: () => new Date() },
    log,
    timing: { quietMs: 20, maxMs: 400, pause: () => 0, turnMs: 10_000, ...options.timing },
    secrets: [apiKey],
  })
  const end = new AbortController()
  await bot.start(end.signal)
  // The first pass sets the bot's place in the log: what comes after it is answered.
  await until('the bot follows', async () => (await countRows(app.store.read, 'bot_cursors')) > 0)
  const sentTo = (phone: string) =>
    app.line.sent.filter(({ jid }) => jid.startsWith(phone)).map(({ text }) => text)
  const turns = (phone?: string) =>
    assistant.botAdmin
      .turns(app.accountId, {
        limit: 100,
        ...(phone === undefined ? {} : { chat: `${phone}@s.whatsapp.net` }),
      })
      .catch(() => [])
  return {
    ...app,
    model,
    sentTo,
    turns,
    wake: () => app.store.eventsAppended.notify(),
    say: async (phone, text) => {
      const before = (await turns(phone))[0]?.id ?? 0
      await app.inbound({ phone, text })
      return until(`the turn of ${phone}`, async () => {
        const [turn] = await turns(phone)
        return turn && turn.id > before && turn.state === 'done' ? turn : undefined
      })
    },
    stop: async () => {
      end.abort()
      await bot.stop()
      await app.stop()
      await model.stop()
    },
  }
}

/** The customer's words in a request, the newest last, without their fence. */
export function customerWords(request: ChatRequest): string[] {
  return request.messages
    .filter(({ role, content }) => role === 'user' && (content ?? '').startsWith('<<data customer '))
    .map(({ content }) => /^<<data customer [^>]*>>\n([\s\S]*)\n<<end/.exec(content ?? '')?.[1] ?? '')
}

/** Returns the tools' results since the customer's last message. */
export function toolResults(request: ChatRequest): string[] {
  const last = request.messages.findLastIndex(({ role }) => role === 'user')
  return request.messages
    .slice(last + 1)
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => content ?? '')
}

export function canaryOf(request: ChatRequest): string {
  return /never to be written: ([0-9a-f]+)/.exec(request.messages[0]?.content ?? '')?.[1] ?? ''
}

export function fenceOf(request: ChatRequest): string {
  const text = request.messages.map(({ content }) => content ?? '').join('\n')
  return /<<data [^>]* ([0-9a-f]{12})>>/.exec(text)?.[1] ?? ''
}

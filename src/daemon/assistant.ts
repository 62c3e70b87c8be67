import { Bot, humanTiming } from '../features/bot/engine/bot.ts'
import type { BotTiming } from '../features/bot/engine/bot.ts'
import type { Config } from '../config/schema.ts'
import { ModelFault } from '../features/bot/rules/bot-model.ts'
import type { Model } from '../features/bot/rules/bot-model.ts'
import { parseOpenStretch, parseService } from '../features/bot/rules/bot-schedule.ts'
import type { BotConfig } from '../features/bot/rules/bot-settings.ts'
import type { MediaReader } from '../features/media/media-reader.ts'
import type { Lines } from '../core/ports.ts'
import { DemoModel, demoModelName } from '../sandbox/demo-model.ts'
import type { Store } from '../db/store.ts'
import type { Services } from './services.ts'
import { systemClock } from '../util/clock.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'

const hourMs = 60 * 60_000

/** Reads the bot's configuration with its texts. */
export function botConfigOf({ bot, groups, schedule, llm }: Config): BotConfig {
  const { chatRepliesPerDay, accountRepliesPerDay, accountTokensPerDay } = bot
  const { inputPrice, outputPrice } = llm
  return {
    limits: { chatRepliesPerDay, accountRepliesPerDay, accountTokensPerDay },
    humanMs: bot.humanHours * hourMs,
    quietHours: bot.quietHours,
    schedule: {
      timeZone: schedule.timeZone,
      open: schedule.openingHours.flatMap((line) => parseOpenStretch(line) ?? []),
      holidays: schedule.holidays,
      services: schedule.services
        .map((line) => parseService(line))
        .filter((service) => service !== undefined),
    },
    customerFields: bot.customerFields,
    prices: inputPrice === null || outputPrice === null ? null : { input: inputPrice, output: outputPrice },
    reminderMs: schedule.reminderHours === null ? null : schedule.reminderHours * hourMs,
    groups: groups.mode === 'full',
  }
}

/** Names the settings without which there is no model; null if there is one. In the sandbox a script replaces it. */
export function missingModel({ llm, whatsapp }: Config): string | null {
  if (llm.baseUrl === null && llm.model === null) {
    return whatsapp.network === 'sandbox' ? null : 'llm.baseUrl and llm.model'
  }
  if (llm.baseUrl === null) return 'llm.baseUrl'
  return llm.model === null ? 'llm.model' : null
}

/** Creates the bot and, in a sandbox without a model, the script that replaces it; empty without a model. */
export function assistantParts(
  config: Config,
  services: Services,
  { lines, log, media, store }: { lines: Lines; log: Logger; media?: MediaReader; store: Store },
): Part[] {
  if (missingModel(config) !== null) return []
  const demo = config.llm.baseUrl === null ? new DemoModel() : undefined
  const model = observed(lazyModel(config, demo, log), services.modelHealth)
  const { assistant, attention, takeover, settings, turnsQueued } = services
  const secrets = config.llm.apiKey === null ? [] : [config.llm.apiKey]
  const timing = timingOf(config)
  const bot = new Bot({
    ...assistant,
    attention,
    takeover,
    settings,
    wokenBy: [store.eventsAppended, turnsQueued],
    model,
    ...(media ? { media } : {}),
    lines,
    clock: systemClock,
    log,
    timing,
    secrets,
  })
  return demo ? [demo, bot] : [bot]
}

function timingOf({ bot, send }: Config): BotTiming {
  const timing = { ...humanTiming, quietMs: bot.patienceSeconds * 1000 }
  return send.pacing === 'off' ? { ...timing, pause: () => 0 } : timing
}

/** Records a model's successes and faults, except of transcription: without that the bot still answers. */
function observed(model: Model, health: Services['modelHealth']): Model {
  return {
    ...model,
    complete: async (request, signal) => {
      try {
        const reply = await model.complete(request, signal)
        health.succeeded()
        return reply
      } catch (error) {
        if (error instanceof ModelFault) health.failed(error)
        throw error
      }
    },
  }
}

/** Loads the large model library with the first request. */
function lazyModel({ llm }: Config, demo: DemoModel | undefined, log: Logger): Model {
  const name = demo ? demoModelName : (llm.model ?? '')
  let loaded: Promise<Model> | undefined
  const load = async (): Promise<Model> => {
    const { OpenAiModel } = await import('../llm/openai-model.ts')
    const baseUrl = demo?.baseUrl ?? llm.baseUrl ?? ''
    const { apiKey, images, transcriptionModel } = llm
    return new OpenAiModel({ baseUrl, apiKey, model: name, images, transcriptionModel, log })
  }
  return {
    name,
    sees: llm.images && demo === undefined,
    hears: llm.transcriptionModel !== null && demo === undefined,
    complete: async (request, signal) => {
      loaded ??= load()
      return (await loaded).complete(request, signal)
    },
    transcribe: async (audio, signal) => {
      loaded ??= load()
      return (await loaded).transcribe(audio, signal)
    },
  }
}

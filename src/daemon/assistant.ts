import { Bot, humanTiming } from '../features/bot/engine/bot.ts'
import type { BotParts, BotTiming } from '../features/bot/engine/bot.ts'
import type { Config } from '../config/schema.ts'
import { ModelFault } from '../features/bot/rules/bot-model.ts'
import type { Model } from '../features/bot/rules/bot-model.ts'
import type { MediaReader } from '../features/media/media-reader.ts'
import type { Lines } from '../core/ports.ts'
import { DemoModel, demoModelName } from '../sandbox/demo-model.ts'
import type { Gateway } from './gateway.ts'
import type { Services } from './services.ts'
import { missingModel } from './settings.ts'
import { systemClock } from '../util/clock.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'

/** Creates the bot and, in a sandbox without a model, the script that replaces it; empty without a model. */
export function assistantParts(
  config: Config,
  gateway: Gateway,
  { lines, log, media }: { lines: Lines; log: Logger; media?: MediaReader },
): Part[] {
  if (missingModel(config) !== null) return []
  const demo = config.llm.baseUrl === null ? new DemoModel() : undefined
  const model = observed(lazyModel(config, demo, log), gateway.services.modelHealth)
  const secrets = config.llm.apiKey === null ? [] : [config.llm.apiKey]
  const timing = timingOf(config)
  const bot = makeBot(gateway, {
    model,
    lines,
    clock: systemClock,
    log,
    timing,
    secrets,
    ...(media ? { media } : {}),
  })
  return demo ? [demo, bot] : [bot]
}

type BotDeps = Pick<BotParts, 'model' | 'media' | 'lines' | 'clock' | 'log' | 'timing' | 'secrets'>

/** Builds the bot of a gateway: events and queued turns wake it. */
export function makeBot({ store, services }: Pick<Gateway, 'store' | 'services'>, deps: BotDeps): Bot {
  const { assistant, presence, takeover, settings, turnsQueued } = services
  const wokenBy = [store.eventsAppended, turnsQueued]
  return new Bot({ ...assistant, presence, takeover, settings, wokenBy, ...deps })
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
    takesImages: llm.images && demo === undefined,
    takesSpeech: llm.transcriptionModel !== null && demo === undefined,
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

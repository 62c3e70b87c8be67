import type { Config } from '../config/schema.ts'
import type { ConfigSources } from '../config/load.ts'
import type { SealedContents } from '../core/ports.ts'
import type { Settings } from '../core/settings.ts'
import { parseOpenStretch, parseService } from '../features/bot/rules/bot-schedule.ts'
import type { BotConfig } from '../features/bot/rules/bot-settings.ts'
import { ownNetworks } from '../net/destination.ts'
import type { GatewaySettings } from './gateway.ts'
import type { SendingOptions } from './service-options.ts'

const hourMs = 60 * 60_000

/** Derives the gateway's settings from the configuration. `contents` reads content encrypted with a message's secret. */
export function settingsOf(
  config: Config,
  sources: ConfigSources,
  contents: SealedContents,
): GatewaySettings {
  const { business, calls, groups, media, messages, send, server, webhooks, whatsapp } = config
  const isPrivate = (allowed: readonly string[]) => allowedPrivate(config, allowed)
  return {
    accounts: {
      fromFile: settingsFromFile(config, sources),
      locale: business,
      maxAccounts: whatsapp.maxAccounts,
    },
    messages: {
      contents,
      groupMode: groups.mode,
      keptPosts: whatsapp,
      keepFormer: messages.keepFormer,
      callReply: calls.reply,
    },
    media: { ...media, allowPrivate: isPrivate(media.allowPrivate) },
    sending: {
      timeToLiveMs: send.timeToLiveHours * hourMs,
      pacing: send.pacing,
      consent: consentOf(send),
    },
    bot: { config: botConfigOf(config), missingModel: missingModel(config) },
    webhooks: { retentionDays: webhooks.retentionDays, allowPrivate: isPrivate(webhooks.allowPrivate) },
    server,
  }
}

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

/**
 * Names the settings without which there is no model; null for a complete configuration. In the sandbox a script replaces it.
 */
export function missingModel({ llm, whatsapp }: Config): string | null {
  if (llm.baseUrl === null && llm.model === null) {
    return whatsapp.network === 'sandbox' ? null : 'llm.baseUrl and llm.model'
  }
  if (llm.baseUrl === null) return 'llm.baseUrl'
  return llm.model === null ? 'llm.model' : null
}

function consentOf({
  quietHours,
  stopWords,
  startWords,
}: Config['send']): NonNullable<SendingOptions['consent']> {
  return { quietHours, words: { stop: stopWords, again: startWords } }
}

/**
 * Returns the private addresses that are allowed: in the sandbox, receivers and files are on the own machine or
 * network.
 */
function allowedPrivate({ whatsapp }: Config, allowed: readonly string[]): readonly string[] {
  return whatsapp.network === 'sandbox' ? [...ownNetworks, ...allowed] : allowed
}

/** Returns the assistant's settings from the file or the environment; the rest keeps its default. */
function settingsFromFile(config: Config, sources: ConfigSources): Partial<Settings> {
  return {
    ...(sources['business.name'].kind === 'default' ? {} : { businessName: config.business.name }),
    ...(sources['business.description'].kind === 'default'
      ? {}
      : { businessDescription: config.business.description }),
    ...(sources['bot.purpose'].kind === 'default' ? {} : { botPurpose: config.bot.purpose }),
    ...(sources['bot.guardrails'].kind === 'default' ? {} : { guardrails: config.bot.guardrails }),
    ...(sources['bot.customInstructions'].kind === 'default'
      ? {}
      : { customInstructions: config.bot.customInstructions }),
    ...(sources['bot.newChats'].kind === 'default' ? {} : { botNewChats: config.bot.newChats }),
  }
}

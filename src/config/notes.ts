import type { ConfigSources } from './load.ts'
import type { Config } from './schema.ts'

/**
 * Lists settings that are valid but hardly intended, one sentence each with the remedy: with them the gateway starts, but a
 * feature silently does nothing.
 */
export function notesOn(config: Config, sources: ConfigSources): string[] {
  return [...modelNotes(config), ...zoneNotes(config, sources)]
}

function modelNotes({ llm, bot, whatsapp }: Config): string[] {
  if (llm.baseUrl !== null && llm.model === null) {
    return ['llm.baseUrl is set, but llm.model is not: the bot has no language model. Set llm.model.']
  }
  if (llm.model !== null && llm.baseUrl === null) {
    return ['llm.model is set, but llm.baseUrl is not: the bot has no language model. Set llm.baseUrl.']
  }
  const hasScript = whatsapp.network === 'sandbox'
  if (llm.baseUrl === null && bot.newChats && !hasScript) {
    return [
      'bot.newChats is on, but there is no language model: the bot cannot answer. Set llm.baseUrl and llm.model.',
    ]
  }
  if (llm.baseUrl === null && (llm.apiKey !== null || llm.transcriptionModel !== null)) {
    return ['Keys of llm are set, but llm.baseUrl is not: the bot has no language model. Set llm.baseUrl.']
  }
  return []
}

function zoneNotes({ schedule }: Config, sources: ConfigSources): string[] {
  if (sources['schedule.timeZone'].kind !== 'default' || schedule.timeZone !== 'UTC') return []
  return [
    'schedule.timeZone is UTC, the zone of this machine, and decides opening hours and quiet hours. ' +
      'Set the zone of the business, such as America/Argentina/Buenos_Aires.',
  ]
}

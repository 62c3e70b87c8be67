import type { Message } from '../../messages/message.ts'
import type { ToolCall } from '../rules/bot-turn.ts'
import type { BotBrief } from '../bot-brief.ts'
import type { Evidence } from './checks.ts'
import { expectedLanguage } from './language.ts'
import { confidentialTexts, factsOf, layersOf, neverSay } from './prompt.ts'
import type { PromptMarkers, PromptSources } from './prompt.ts'
import { examined } from './text.ts'

/** Maximum characters of the conversation examined per side, newest message first: more than the model gets. */
const maxConversation = 24_000
/** Maximum characters of a tool's result. */
const maxResult = 8000
/** The bot's last messages that must not be repeated. */
const maxEarlier = 3

/** Holds the sources that a draft is checked against. */
export interface EvidenceSources {
  brief: BotBrief
  sources: PromptSources
  markers: PromptMarkers
  calls: readonly ToolCall[]
  secrets: readonly string[]
}

/** Collects the texts that a draft is checked against, each cut, so that no message takes long to examine. */
export function evidenceOf({ brief, sources, markers, calls, secrets }: EvidenceSources): Evidence {
  const outgoing = brief.messages.filter((message) => message.direction === 'outgoing')
  const incoming = brief.messages.filter((message) => message.direction === 'incoming')
  const layers = layersOf(sources)
    .filter(({ name }) => name === 'business' || name === 'instructions' || name === 'this chat')
    .map(({ text }) => text)
  const succeeded = calls.filter(({ ok }) => ok)
  const earlier = outgoing.filter(({ author }) => author === 'bot').slice(-maxEarlier)
  return {
    confidential: {
      markers: [markers.fence, markers.canary],
      texts: confidentialTexts(sources),
      secrets,
    },
    business: [
      ...layers,
      factsOf(sources),
      ...succeeded.map(({ result }) => plainJson(result).slice(0, maxResult)),
      ...newestTexts(outgoing),
    ].join('\n'),
    customer: newestTexts(incoming).join('\n'),
    done: new Set(succeeded.map(({ name }) => name)),
    earlier: earlier.map(({ text }) => examined(text)),
    neverSay: neverSay(brief.settings.guardrails),
    language: expectedLanguage(brief),
    year: sources.now.getUTCFullYear(),
  }
}

/** Returns the texts of the newest messages, oldest first, each cut and within {@link maxConversation} in total. */
function newestTexts(messages: readonly Message[]): string[] {
  const texts: string[] = []
  let length = 0
  for (const message of messages.toReversed()) {
    const text = examined(message.text)
    length += text.length
    if (length > maxConversation) break
    texts.unshift(text)
  }
  return texts
}

/** Writes JSON as lines of names and values, so that prices and times in it are found as in a sentence. */
function plainJson(json: string): string {
  const lines: string[] = []
  const walk = (name: string, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(name, item)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(key, inner)
    } else lines.push(`${name}: ${String(value)}`)
  }
  walk('', JSON.parse(json))
  return lines.join('\n').replaceAll(/(\d{4}-\d{2}-\d{2})T/g, '$1 ')
}

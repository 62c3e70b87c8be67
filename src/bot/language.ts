import type { BotBrief } from '../services/bot-brief.ts'
import { folded, languageOf } from './text.ts'
import type { Language } from './text.ts'

const ordered: [RegExp, Language][] = [
  [
    /\b(?:solo|siempre|unicamente|somente|only|always)\b[^.\n]{0,20}\b(?:espanol|castellano|spanish|espanhol)\b/,
    'es',
  ],
  [
    /\b(?:solo|siempre|unicamente|somente|sempre|only|always)\b[^.\n]{0,20}\b(?:portugues|portuguese)\b/,
    'pt',
  ],
  [/\b(?:solo|siempre|unicamente|somente|sempre|only|always)\b[^.\n]{0,20}\b(?:ingles|english)\b/, 'en'],
]

/** In which language the answer must be: as the owner orders, else the customer's; undefined where it cannot be told. */
export function expectedLanguage({ settings, asked, messages }: BotBrief): Language | undefined {
  const rules = folded(`${settings.customInstructions} ${settings.guardrails}`)
  const order = ordered.find(([pattern]) => pattern.test(rules))
  if (order) return order[1]
  const recent = messages.filter((message) => message.direction === 'incoming').slice(-6)
  const said = (of: readonly { text: string }[]) => of.map(({ text }) => text).join('\n')
  return languageOf(said(asked)) ?? languageOf(said(recent))
}

/** The language of the product's own phrases for a chat. */
export function phraseLanguage(brief: BotBrief): Language {
  const { settings } = brief
  const owner = `${settings.businessDescription}\n${settings.customInstructions}\n${settings.guardrails}`
  return expectedLanguage(brief) ?? languageOf(owner) ?? 'es'
}

import { detectLanguage, languageByWords } from '../../../core/phone/language.ts'
import type { Language } from '../../../core/phone/language.ts'
import type { BotBrief } from '../bot-brief.ts'
import { languageOfTexts } from '../../messages/languages.ts'
import { examined, folded } from './text.ts'

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

/** Adds the customer's language to the brief, as far as the messages tell. */
export async function withLanguage(brief: BotBrief): Promise<BotBrief> {
  return { ...brief, language: (await languageOfCustomer(brief)) ?? null }
}

async function languageOfCustomer({ asked, messages }: BotBrief): Promise<Language | undefined> {
  const now = await detectLanguage(textsOf(asked).join('\n'))
  if (now !== undefined) return now
  return languageOfTexts(textsOf(messages.filter((message) => message.direction === 'incoming')))
}

function textsOf(messages: readonly { text: string }[]): string[] {
  return messages.map(({ text }) => examined(text))
}

/** Returns the language that the answer must be in: the owner's order, else the customer's; undefined if unknown. */
export function expectedLanguage(brief: BotBrief): Language | undefined {
  const { settings, language, asked } = brief
  const rules = folded(`${settings.customInstructions} ${settings.guardrails}`)
  const order = ordered.find(([pattern]) => pattern.test(rules))
  if (order) return order[1]
  // Undefined if a step before the detection failed.
  return language === undefined ? languageByWords(textsOf(asked).join('\n')) : (language ?? undefined)
}

/** Returns the language of the product's own phrases for a chat. */
export function phraseLanguage(brief: BotBrief): Language {
  return expectedLanguage(brief) ?? brief.fallbackLanguage
}

const names: Record<Language, string> = { es: 'Spanish', pt: 'Portuguese', en: 'English' }

/** Tells the model which language to answer in. */
export function languageRule(brief: BotBrief): string {
  const expected = expectedLanguage(brief)
  if (expected !== undefined) return `Answer in ${names[expected]}.`
  return `Answer in the language of the customer; where it cannot be told, in ${names[brief.fallbackLanguage]}.`
}

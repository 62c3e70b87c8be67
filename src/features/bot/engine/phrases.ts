import type { Language } from '../../../core/phone/language.ts'
import { wordPattern } from './phrase-table.ts'
import type { Words } from './phrase-table.ts'
import { folded } from './text.ts'

/** The product's own words, for when the model's are unavailable. */
export const phrases = {
  fallback: {
    es: 'Gracias por tu mensaje. Una persona del equipo te responderá en cuanto pueda.',
    pt: 'Obrigado pela mensagem. Uma pessoa da equipe vai responder assim que puder.',
    en: 'Thank you for your message. A person from the team will answer as soon as possible.',
  },
  person: {
    es: 'Claro, te atenderá una persona del equipo en cuanto pueda.',
    pt: 'Claro, uma pessoa da equipe vai atender você assim que puder.',
    en: 'Of course, a person from the team will take care of you as soon as possible.',
  },
  cannotHear: {
    es: 'No puedo escuchar notas de voz. Una persona del equipo la escuchará y te responderá en cuanto pueda.',
    pt: 'Não consigo ouvir áudios. Uma pessoa da equipe vai ouvir e responder assim que puder.',
    en: 'I cannot listen to voice messages. A person from the team will listen and answer as soon as possible.',
  },
  cannotSee: {
    es: 'No puedo ver imágenes ni archivos. Una persona del equipo lo mirará y te responderá en cuanto pueda.',
    pt: 'Não consigo ver imagens nem arquivos. Uma pessoa da equipe vai olhar e responder assim que puder.',
    en: 'I cannot see pictures or files. A person from the team will look and answer as soon as possible.',
  },
} as const satisfies Record<string, Record<Language, string>>

/** Names a phrase. */
export type Phrase = keyof typeof phrases

/** Writes the reminder of an appointment. */
export function reminderText(
  of: { service: string; date: string; time: string },
  language: Language,
): string {
  const when = `${of.service}, ${of.date}, ${of.time}`
  if (language === 'pt') return `Lembrete: ${when}.`
  if (language === 'en') return `Reminder: ${when}.`
  return `Recordatorio: ${when}.`
}

const person: Words = {
  es: 'persona, human@, agente, asesor, asesora, operador, operadora, encargad@, duen@, alguien real, alguien',
  pt: 'pessoa, atendente, alguem',
  en: 'human, person, agent, operator, someone real, someone, somebody, representative, manager, owner',
}
const wish: Words = {
  es:
    'hablar, comunicar*, pasa, pasame, pasarme, pon, ponme, ponerme, atienda, quiero, quisiera, necesito, ' +
    'prefiero',
  pt: 'falar, conversar, quero, preciso, prefiro, passa, chama',
  en: 'speak, talk, chat, connect me, transfer me, get me, i want, i need',
}
const toward: Words = { es: 'con, a, que, un, una', pt: 'com, para, um, uma', en: 'to, with, me, an, real' }
const article: Words = { es: 'un, una', pt: 'um, uma', en: 'a, an, the, real' }
const trait: Words = { es: 'real, humana, de verdad' }
const courtesy: Words = { es: 'por favor', en: 'please' }

const who = wordPattern(person)
const askedForPerson: readonly RegExp[] = [
  new RegExp(String.raw`\b${wordPattern(wish)}\b[^.!?]{0,25}\b${wordPattern(toward)}?\s*${who}\b`),
  new RegExp(
    String.raw`^${wordPattern(article)}?\s*(?:real )?${who}(?: ${wordPattern(trait)})?,?(?: ${wordPattern(courtesy)})?[.!?]*$`,
  ),
]

/** Tells whether a customer asks for a person. */
export function asksForPerson(text: string): boolean {
  if (text.length > 600) return false
  const plain = folded(text)
  return plain.length <= 300 && askedForPerson.some((form) => form.test(plain))
}

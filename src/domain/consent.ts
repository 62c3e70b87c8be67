import { foldText } from './customer.ts'

/** Why a message is sent: because of something between the two, or to sell something. */
export const categories = ['transactional', 'marketing'] as const
export type Category = (typeof categories)[number]

export type ConsentLanguage = 'es' | 'pt' | 'en'
export type ConsentWord = { kind: 'stop' | 'again'; language: ConsentLanguage | null }

/** Null: understood in several languages, so that it says nothing of its writer's. */
const words: readonly (readonly [ConsentWord['kind'], ConsentLanguage | null, readonly string[]])[] = [
  ['stop', null, ['stop']],
  [
    'stop',
    'es',
    [
      'baja',
      'dar de baja',
      'dame de baja',
      'darme de baja',
      'de baja',
      'no me escriba mas',
      'no me escriban mas',
      'no me escribas mas',
      'no quiero mas mensajes',
      'no enviar mas',
      'cancelar suscripcion',
    ],
  ],
  ['stop', 'pt', ['sair', 'parar', 'pare', 'descadastrar', 'nao quero mais mensagens', 'cancelar inscricao']],
  ['stop', 'en', ['unsubscribe', 'remove me', 'stop messaging me', 'no more messages', 'opt out', 'stopall']],
  ['again', 'es', ['alta', 'dar de alta', 'dame de alta', 'quiero recibir mensajes', 'suscribirme']],
  ['again', 'pt', ['voltar', 'quero receber mensagens', 'cadastrar', 'inscrever']],
  ['again', 'en', ['start', 'unstop', 'subscribe', 'opt in']],
]

const known = new Map<string, ConsentWord>(
  words.flatMap(([kind, language, list]) => list.map((word) => [word, { kind, language }] as const)),
)
const longest = 60

/** Own words of a business beside those of the three languages. */
export interface OwnWords {
  stop: readonly string[]
  again: readonly string[]
}

/** What a message asks for where the whole of it is one of the words; undefined otherwise. */
export function readConsentWord(text: string, own: OwnWords): ConsentWord | undefined {
  if (text.length > longest) return undefined
  const plain = plainWord(text)
  if (own.stop.some((word) => plainWord(word) === plain)) return { kind: 'stop', language: null }
  if (own.again.some((word) => plainWord(word) === plain)) return { kind: 'again', language: null }
  return known.get(plain)
}

/** Without accents, case, punctuation at the ends and a word of courtesy. */
function plainWord(text: string): string {
  return foldText(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
    .replace(/[ ,]+(?:por favor|please)$/, '')
}

const spanishCodes = /^(?:34|5[1-46-8]|50[2-7]|59[1358]|240|53)/

/** The language of a person as far as the number tells. */
export function languageOfPhone(phone: string | null): ConsentLanguage {
  if (phone !== null && /^(?:55|351|244|258)/.test(phone)) return 'pt'
  return phone !== null && spanishCodes.test(phone) ? 'es' : 'en'
}

export const consentTexts = {
  stopped: {
    es: 'De acuerdo, no te enviaremos más mensajes. Si cambias de idea, responde ALTA.',
    pt: 'Tudo bem, não enviaremos mais mensagens. Se mudar de ideia, responda VOLTAR.',
    en: 'All right, we will not send you any more messages. If you change your mind, reply START.',
  },
  again: {
    es: 'Hecho: vuelves a recibir nuestros mensajes. Para dejar de recibirlos, responde BAJA.',
    pt: 'Pronto: você volta a receber nossas mensagens. Para parar, responda SAIR.',
    en: 'Done: you will get our messages again. To stop them, reply STOP.',
  },
  wayOut: {
    es: 'Responde BAJA si no quieres recibir más mensajes.',
    pt: 'Responda SAIR se não quiser receber mais mensagens.',
    en: 'Reply STOP if you want no more messages.',
  },
} as const satisfies Record<string, Record<ConsentLanguage, string>>

/** The first advertising that somebody gets says how to end it. */
export function withWayOut(text: string, language: ConsentLanguage): string {
  const line = consentTexts.wayOut[language]
  return text.includes(line) ? text : `${text}\n\n${line}`
}

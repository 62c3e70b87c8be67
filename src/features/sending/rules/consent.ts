import { foldText } from '../../../util/text.ts'
import type { Language } from '../../../core/phone/language.ts'

/** Purposes of a message: the business between the two people, or selling. */
export const categories = ['transactional', 'marketing'] as const
/** Names the purpose of a message. */
export type Category = (typeof categories)[number]

/** Names the language of a consent word. */
export type ConsentLanguage = Language
/** Says whether a consent word stops advertising or asks for it again. */
export type ConsentWord = { kind: 'stop' | 'again'; language: ConsentLanguage | null }

/** Null: used in several languages, so that it does not tell its writer's. */
const words: readonly (readonly [ConsentWord['kind'], ConsentLanguage | null, readonly string[]])[] = [
  ['stop', null, ['stop', 'parar', 'pare', 'paren', 'optout', 'opt out']],
  [
    'stop',
    'es',
    ['baja', 'de baja', 'desuscribir', 'desuscribirme', 'desuscribirse', 'no enviar mas', 'no molestar'],
  ],
  ['stop', 'pt', ['sair', 'descadastrar', 'descadastre', 'remover', 'parem']],
  ['stop', 'en', ['unsubscribe', 'remove me', 'stopall', 'stop all']],
  [
    'again',
    'es',
    ['alta', 'dar de alta', 'dame de alta', 'quiero recibir mensajes', 'suscribirme', 'quiero suscribirme'],
  ],
  ['again', 'pt', ['voltar', 'quero receber mensagens', 'cadastrar', 'inscrever', 'quero voltar a receber']],
  ['again', 'en', ['start', 'unstop', 'subscribe', 'resubscribe', 'opt in']],
]

const known = new Map<string, ConsentWord>(
  words.flatMap(([kind, language, list]) => list.map((word) => [word, { kind, language }] as const)),
)

/** Subjects that people stop, in each language, with the surrounding words. */
const ended = {
  es: '(?:(?:mas|ningun|ninguna|de|del|la|las|el|los|sus|tus|su|tu|esta|este|estos|estas|esos|esas|ustedes|lista|listas|base|datos|difusion|mensajes?|mensajitos|publicidad|publicidades|propagandas?|promo|promos|promocion|promociones|promocionales|publicitarios|ofertas?|novedades|notificaciones|avisos|anuncios|spam|informacion|whatsapp|whatsapps|boletin|newsletter|suscripcion|contactos|envios|cosas|nada|nunca|jamas|por|aca|aqui|este|medio|numero|a|mi|en)(?: |$)){0,10}',
  pt: '(?:(?:mais|nenhuma|nenhum|de|da|do|das|dos|desta|dessa|deste|sua|suas|seus|essas|estas|voces|vcs|lista|listas|cadastro|contatos|transmissao|mensagens|mensagem|msgs?|propagandas?|publicidade|promocao|promocoes|ofertas?|novidades|notificacoes|avisos|anuncios|spam|whatsapp|nada|nunca|por|aqui|este|meio|numero|meu|a|o|em)(?: |$)){0,10}',
  en: '(?:(?:any|more|no|of|your|these|this|the|those|mailing|marketing|promotional|list|lists|messages?|texts?|msgs?|promotions?|promos?|offers?|ads?|advertising|advertisements|spam|newsletter|notifications|stuff|anything|anymore|again|ever|from|you|on|whatsapp|to|my|number|me)(?: |$)){0,10}',
} as const satisfies Record<ConsentLanguage, string>

const wish =
  '(?:(?:yo|me|quiero|quisiera|deseo|necesito|solicito|pido|querria|les pido|te pido|pueden|puedes|podes|podrian|podrias|podria|puedo|como hago para|como puedo|ya) ){0,3}'
const desire =
  '(?:(?:eu|quero|gostaria de|gostaria|preciso|desejo|peco para|posso|pode|podem|poderia|poderiam|como faco para|me|ja) ){0,3}'
const want = "(?:(?:i|we|want|would|like|i'd|id|need|to|you|can|could|how do i|how can i|just) ){0,6}"

/** Complete sentences that stop messages, in the form of `plainWord`. */
const sentences: readonly (readonly [ConsentLanguage, string])[] = [
  [
    'es',
    `${wish}(?:que )?(?:me )?(?:dar|darme|darnos|dame|deme|denme|dan|doy|den|des|dar|solicitar|pedir)? ?(?:de|la|una) baja(?: |$)${ended.es}`,
  ],
  ['es', `baja (?:de|del|a|en) ${ended.es}`],
  [
    'es',
    `(?:ya )?no (?:quiero|deseo|quisiera|queremos|me interesa) (?:seguir |volver a )?(?:recibir|recibiendo|tener|ver)? ?(?:mas |sus |tus |estos |esos |los |la |las |ningun |de )*(?:mensajes?|mensajitos|publicidad|publicidades|propagandas?|promos?|promociones|ofertas|notificaciones|avisos|anuncios|spam|novedades|whatsapps?)(?: |$)${ended.es}`,
  ],
  [
    'es',
    `(?:ya )?no (?:quiero|deseo|queremos) (?:recibir|que me (?:escrib|mand|envi|contact|molest|llam)\\w{1,4}) (?:mas|nada|nunca)(?: |$)${ended.es}`,
  ],
  [
    'es',
    `(?:ya )?no (?:me|nos) (?:escrib|mand|envi)\\w{1,5} (?:mas|nada|nunca|mensajes|publicidad|promociones|ofertas|spam)(?: |$)${ended.es}`,
  ],
  ['es', `(?:ya )?no (?:me|nos) (?:contact|molest)\\w{1,4}(?: |$)${ended.es}`],
  [
    'es',
    `${wish}(?:que )?(?:dej|par)(?:a|e|en|es) de (?:escribir|mandar|enviar|molestar|contactar|joder)(?:me|nos)?(?: |$)${ended.es}`,
  ],
  [
    'es',
    `${wish}(?:que )?(?:me |mi numero )?(?:quit|sac|sa|saqu|borr|elimin|remuev|remov)(?:a|e|en|ar|uen|ue|an|quen)(?:me)?(?: mi numero)? de (?:la |las |su |sus |tu |tus |esta |esa )?(?:listas?|base|difusion|contactos|agenda|promociones|publicidad)(?: |$)${ended.es}`,
  ],
  [
    'es',
    `${wish}(?:cancelar|anular|terminar|dar de baja) (?:la |mi |esta )?(?:suscripcion|subscripcion)(?: |$)${ended.es}`,
  ],
  ['es', `${wish}(?:desuscribir|desuscribirme|desuscribanme|desinscribirme)(?: |$)${ended.es}`],
  [
    'es',
    `(?:no mas|basta de|nada de|sin mas) (?:mensajes?|publicidad|propaganda|promos?|promociones|ofertas|spam|whatsapps?|avisos|notificaciones)(?: |$)${ended.es}`,
  ],
  ['es', `no (?:enviar|mandar) mas(?: |$)${ended.es}`],
  [
    'pt',
    `(?:quero|gostaria de|preciso|desejo|como faco para|posso) sair(?: (?:da|desta|dessa|do|deste) (?:lista|cadastro|transmissao|grupo de promocoes))?(?: |$)${ended.pt}`,
  ],
  ['pt', `sair (?:da|desta|dessa|do|deste) (?:lista|cadastro|transmissao)(?: |$)${ended.pt}`],
  [
    'pt',
    `${desire}(?:descadastrar|descadastre|descadastrem|descadastro|cancelar (?:a |minha |o |meu )?(?:inscricao|assinatura|cadastro|recebimento))(?: |$)${ended.pt}`,
  ],
  [
    'pt',
    `(?:ja )?nao (?:quero|desejo|gostaria de|queremos) (?:mais )?(?:receber )?(?:mais )?(?:as |suas |essas |estas |de )*(?:mensagens|mensagem|msgs?|propagandas?|publicidade|promocoes|ofertas|spam|notificacoes|avisos|novidades)(?: |$)${ended.pt}`,
  ],
  ['pt', `nao (?:quero|desejo) (?:mais )?receber (?:mais|nada)(?: |$)${ended.pt}`],
  [
    'pt',
    `nao (?:me )?(?:mand|envi|escrev|contat|perturb|incomod)\\w{1,4}(?: me)? (?:mais|nada|mensagens|propagandas?|promocoes)(?: |$)${ended.pt}`,
  ],
  ['pt', `par(?:e|em|a) de (?:me )?(?:mandar|enviar|escrever|perturbar|incomodar)(?: me)?(?: |$)${ended.pt}`],
  [
    'pt',
    `${desire}(?:tir|remov|retir|exclu|apag)\\w{1,4}(?: me)?(?: meu numero)? (?:da|desta|dessa|de|das|do) (?:sua |suas |seu )?(?:listas?|cadastro|contatos|base)(?: |$)${ended.pt}`,
  ],
  [
    'pt',
    `(?:chega de|sem mais|nada de) (?:mensagens|propagandas?|promocoes|publicidade|spam)(?: |$)${ended.pt}`,
  ],
  ['en', `${want}(?:unsubscribe|opt out|be removed|be taken off)(?: |$)${ended.en}`],
  [
    'en',
    `(?:you )?(?:stop|quit) (?:sending|texting|messaging|contacting|spamming|writing)(?: |$)${ended.en}`,
  ],
  [
    'en',
    `stop (?:the|these|all|your)? ?(?:messages|texts|promotions|promos|ads|spam|offers|marketing)(?: |$)${ended.en}`,
  ],
  [
    'en',
    `(?:don't|dont|do not|never) (?:text|message|contact|write to|write|spam|send)(?: me| us)(?: |$)${ended.en}`,
  ],
  [
    'en',
    `${want}(?:take|remove|delete) (?:me|my number)(?: off| from) (?:of )?(?:your|the|this|all)(?: |$)${ended.en}`,
  ],
  ['en', `no more (?:messages|texts|promotions|promos|ads|spam|offers|marketing)(?: |$)${ended.en}`],
  [
    'en',
    `i (?:don't|dont|do not|no longer) want (?:to (?:get|receive|hear) )?(?:any |more |your |these |of )*(?:messages?|texts?|promotions?|promos|ads|spam|offers|marketing|from you)(?: |$)${ended.en}`,
  ],
]

const patterns = sentences.map(([language, form]) => ({ language, form: new RegExp(`^(?:${form})$`) }))
/** Longer messages say more than that. */
const maxLength = 140

/** Holds a business's own words, besides those of the three languages. */
export interface OwnWords {
  stop: readonly string[]
  again: readonly string[]
}

/** Reads a message that only asks for no more advertising, or for it again; undefined for any other. */
export function readConsentWord(text: string, own: OwnWords): ConsentWord | undefined {
  if (text.length > maxLength) return undefined
  const plain = plainWord(text)
  if (own.stop.some((word) => plainWord(word) === plain)) return { kind: 'stop', language: null }
  if (own.again.some((word) => plainWord(word) === plain)) return { kind: 'again', language: null }
  // "Baja?" is another question; "can you take me off the list?" is not.
  if (text.includes('?') && !request.test(plain)) return undefined
  const word = known.get(plain)
  if (word) return word
  const sentence = patterns.find(({ form }) => form.test(plain))
  return sentence && { kind: 'stop', language: sentence.language }
}

const request =
  /^(?:me |como |how |i )?(?:puede|podes|podria|puedo|hago|pode|posso|faco|can|could|would|do i|please)/

/**
 * Tells whether a word answers the business's last question: one that offers it ("¿Planta alta o baja?") without
 * telling to write it ("Responde BAJA").
 */
export function answersQuestion(text: string, asked: string): boolean {
  const word = plainWord(text)
  const question = foldText(asked.slice(0, 4096))
  if (word === '' || !asked.includes('?') || !wordsOf(question).includes(word)) return false
  return !question.includes('mensajes') && !question.includes('mensagens') && !question.includes('messages')
}

function wordsOf(plain: string): string[] {
  return plain.match(/[\p{L}\p{N}]+/gu) ?? []
}

const courtesyBefore =
  /^(?:(?:hola|buenas|buen dia|buenos dias|buenas tardes|buenas noches|ola|oi|bom dia|boa tarde|hi|hello|hey|please|pls|por favor|porfa|porfavor|ok|gracias|disculpe|perdon|desculpe|sorry) )+/
const courtesyAfter =
  / (?:por favor|porfa|porfavor|please|pls|gracias|muchas gracias|mil gracias|obrigado|obrigada|thanks|thank you|saludos|ya|ok|urgente|now|agora|ahora)$/

/** Removes accents, case, punctuation and polite words. */
function plainWord(text: string): string {
  let plain = foldText(text.slice(0, 300))
    .replaceAll(/[\u2019\u00b4`]/g, "'")
    .replaceAll(/[^\p{L}\p{N}']+/gu, ' ')
    .trim()
    .replace(courtesyBefore, '')
  for (let rest = ''; rest !== plain;) {
    rest = plain
    plain = plain.replace(courtesyAfter, '')
  }
  return plain
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

/** Adds how to stop advertising, which a person's first advertising says. */
export function withOptOut(text: string, language: ConsentLanguage): string {
  const line = consentTexts.wayOut[language]
  return text.includes(line) ? text : `${text}\n\n${line}`
}

import { foldText } from '../../util/text.ts'

/** The languages that the product speaks. */
export const languages = ['es', 'pt', 'en'] as const
/** Names a language of the product. */
export type Language = (typeof languages)[number]

/** Words that only one of the three languages has, without accents. */
const words: Record<Language, ReadonlySet<string>> = {
  es: new Set(
    `hola buenas buenos buen gracias el los las y en con del al lo le les un unos unas usted ustedes vos donde cuando cuanto cuanta
    cuantos cuantas cual cuales quien hay hoy manana ayer tengo tiene tienen tenes tienes quiero quiere quieren queres quisiera puedo
    puede pueden podes puedes necesito necesita precio precios tarjeta tarjetas efectivo envios hacen haces hace abren abierto abiertos
    cierran cerrado aceptan venden atienden estan estoy estamos muy bien pero si dale listo bueno noche noches tardes saludos adios chau
    chao luego ahora despues hasta lunes martes miercoles jueves viernes direccion ubicacion telefono deposito cuenta factura producto
    productos tienda negocio disponible disponibles cuesta cuestan llega llegan hacer decir algo alguien algun alguna otro otra mismo
    mucho mucha muchas muchos poco llego llegar llamar ayuda informacion consultar pregunta duda mensaje mensajes ese eso esto alli ahi aca
    alla sino tambien talle cambio descuento dejar dejen quitar recibir baja interesa interesado interesada soy somos es era fue
    gusta turno turnos cita citas peluqueria perro hijo hija persona cuota cuotas alias genial perdon disculpe disculpa nadie
    ninguno ninguna nunca siempre proximo proxima quedo queda quedan sacar pedi pedir compre encanta anda lleva tarda`.split(
      /\s+/,
    ),
  ),
  pt: new Set(
    `oi ola obrigado obrigada obg brigado brigada bom boa noite sim nao voce voces vcs vc tem temos tenho quero quer posso pode podem
    preciso precisa gostaria onde quando quanto quantos quanta qual quais quem hoje amanha ontem agora depois ate muito muita muitos bem     os em um uma sem pra seu sua seus suas meu minha isso isto esse essa aquele preco precos cartao cartoes dinheiro entregam
    fazem faz fazer abrem aceita aceitam atendem estao estou endereco telefone agendamento cabelo unha loja produto produtos pagamento pix
    boleto conta valeu tchau tudo certo beleza blz legal ajuda duvida mensagem mensagens desconto tamanho troca devolucao frete
    disponivel terca quarta sexta feira ainda tambem eu ele ela eles elas voltar sair receber fica ficam custa custam qualquer
    gostei perto longe desculpa desculpe aceito marcado vou vai vamos foi     parcelado parcela chega demora quais ninguem sempre proxima `.split(
      /\s+/,
    ),
  ),
  en: new Set(
    `hello hi hey thanks thank you please the is are does did can could would how much many what when where which who why yes not today
    tomorrow morning afternoon evening night open opening close closing price prices cost costs card cards cash delivery deliver shipping
    ship book booking appointment haircut i my your we our it this that there have has want need like available time times at for with
    and of on to from be will you're great nice see sorry help order pay payment send sent message messages bye tonight now later soon
    hours address location good fine sure okay here still any some get got an don't i'm it's what's does week monday tuesday
    wednesday thursday friday saturday sunday buy size colour discount refund exchange return question information
    interested old new more already tell know looking could let`.split(/\s+/),
  ),
}

/** Letters and endings of one language, with their weight; matched in the text with its accents. */
const signs: readonly [Language, RegExp, number][] = [
  ['es', /[¿¡ñ]/, 3],
  ['pt', /[ãõç]|(?<![a-z])(?:à|às)(?![a-z])/, 3],
  ['pt', /[êôâ]/, 2],
  ['es', /(?:ción|ciones|miento)(?![a-z])/, 2],
  ['pt', /(?:ção|ções|agem|inho|inha)(?![a-z])/, 2],
  ['en', /(?:[a-z]'(?:s|re|m|ll|ve|t|d)|[a-z]ght|[a-z]{2}ing)(?![a-z])/, 1],
]

/** The maximum number of characters examined: a few sentences are enough. */
const maxExamined = 1000

/** Scores each language, highest first. */
function scored(text: string): { language: Language; score: number }[] {
  const beginning = withoutAddresses(text.slice(0, maxExamined))
  const plain = foldText(beginning).match(/[\p{L}']+/gu) ?? []
  const marked = beginning.toLowerCase().normalize('NFC')
  return languages
    .map((language) => {
      const told = plain.filter((word) => words[language].has(word) && isTelling(word, language)).length
      const seen = signs.filter(([of, sign]) => of === language && sign.test(marked))
      return { language, score: told + seen.reduce((sum, [, , weight]) => sum + weight, 0) }
    })
    .toSorted((a, b) => b.score - a.score)
}

/** Removes web and e-mail addresses, which are in no language. */
function withoutAddresses(text: string): string {
  return text
    .split(/(\s+)/)
    .filter((word) => !/[@/]|[^.]\.[a-z]{2}/i.test(word))
    .join('')
}

function isTelling(word: string, language: Language): boolean {
  return !languages.some((other) => other !== language && words[other].has(word))
}

/** Detects a text's language by its words and letters; undefined if they do not tell. */
export function languageByWords(text: string): Language | undefined {
  const [first, second] = scored(text)
  if (!first || !second || first.score === 0) return undefined
  return first.score >= 2 * second.score ? first.language : undefined
}

/** The minimum number of letters for the statistics. */
const minLetters = 8
const maxLetters = 200
/** Factor by which the likeliest language must be likelier than the next. */
const margin = 1.5

/**
 * Detects a text's language; undefined if the text is too short or mixed, or in another language. Words come first:
 * the statistics library is loaded by the first text that needs it.
 */
export async function detectLanguage(text: string): Promise<Language | undefined> {
  const told = languageByWords(text)
  if (told !== undefined) return told
  const plain = withoutAddresses(text.slice(0, maxLetters))
  if ((plain.match(/\p{L}/gu) ?? []).length < minLetters) return undefined
  const { detectAll } = await import('tinyld/light')
  const [any] = detectAll(plain)
  if (any && !isLanguage(any.lang)) return undefined
  const [first, second] = detectAll(plain, { only: [...languages] })
  if (!first || !isLanguage(first.lang)) return undefined
  return first.accuracy >= margin * (second?.accuracy ?? 0) ? first.lang : undefined
}

function isLanguage(name: string): name is Language {
  return (languages as readonly string[]).includes(name)
}

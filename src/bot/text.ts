import { cutText, takenApart } from '../util/text.ts'

/** Characters that are not seen but change what is: controls, bidirectional marks, zero widths, tags. Emoji joiners stay. */
const unseen =
  /(?![\n\t])\p{Cc}|[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]/gu

/** Characters that are looked at of a text from outside; what people write to one another is far shorter. */
const longestExamined = 4096

/** The beginning of a text from outside, as far as patterns look at it: a long one must not hold up everything else. */
export function examined(text: string): string {
  return cutText(text, longestExamined)
}

/** Text of strangers as it may stand in a prompt: nothing unseen, at most so long. */
export function cleaned(text: string, limit: number): string {
  const plain = cutText(text, 4 * limit)
    .toWellFormed()
    .replaceAll(unseen, '')
  return plain.length <= limit ? plain : `${plain.slice(0, limit)} […]`
}

/** For comparing: compatible characters made the same, no accents, lower case, single spaces. */
export function folded(text: string): string {
  return takenApart(text.replaceAll(unseen, ''))
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
}

export function wordsOf(text: string): string[] {
  return folded(text).match(/[\p{L}\p{N}]+/gu) ?? []
}

export type Language = 'es' | 'pt' | 'en'

const commonWords: Record<Language, ReadonlySet<string>> = {
  es: new Set(
    'el la los las un una y que de del en por para con no si se su es esta estan este esto como mas pero usted tu te le lo al hola gracias cuando donde cual cuanto tengo tiene tenemos quiero puedo puede hay manana hoy buenas buenos dias tardes nuestro nuestra muy también tambien precio turno cita hacer desde hasta sobre'.split(
      ' ',
    ),
  ),
  pt: new Set(
    'o os as um uma e que do da dos das em no na nos nas por para com nao sim se seu sua esta este isso como mais mas voce te lhe ao ola oi obrigado obrigada quando onde qual quanto tenho tem temos quero posso pode ha amanha hoje bom boa dia tarde nosso nossa muito tambem preco horario fazer desde ate sobre gostaria voces'.split(
      ' ',
    ),
  ),
  en: new Set(
    'the a an and that of in on for with not yes is are this it as more but you your we our to at by hello hi thanks thank when where which how much have has want can there tomorrow today good morning afternoon very also price appointment do from until about would like please be will my me what'.split(
      ' ',
    ),
  ),
}

/** The language of a text among those that the bot speaks; undefined where it is too short or mixed to tell. */
export function languageOf(text: string): Language | undefined {
  const words = wordsOf(text)
  const scores = (['es', 'pt', 'en'] as const)
    .map((language) => ({ language, hits: words.filter((word) => commonWords[language].has(word)).length }))
    .toSorted((a, b) => b.hits - a.hits)
  const [first, second] = scores
  // Spanish and Portuguese share so many words that one more says nothing.
  if (!first || !second || first.hits < second.hits + 2) return undefined
  return first.language
}

/** Whether most letters are of another script than the Latin one in which the bot's languages are written. */
export function isForeignScript(text: string): boolean {
  const letters = examined(text).match(/\p{L}/gu) ?? []
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length
  return letters.length >= 8 && latin < letters.length / 2
}

/** How alike two texts are, from 0 to 1, by their three-letter pieces. */
export function likeness(a: string, b: string): number {
  const [x, y] = [pieces(a), pieces(b)]
  if (x.size === 0 || y.size === 0) return 0
  let shared = 0
  for (const piece of x) if (y.has(piece)) shared += 1
  return shared / (x.size + y.size - shared)
}

function pieces(text: string): Set<string> {
  const plain = wordsOf(examined(text)).join(' ')
  return new Set(Array.from({ length: Math.max(plain.length - 2, 0) }, (_, at) => plain.slice(at, at + 3)))
}

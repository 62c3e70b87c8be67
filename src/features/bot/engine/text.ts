import { cutText, takenApart } from '../../../util/text.ts'

/** Characters that are not seen but change what is: controls, bidirectional marks, zero widths, tags. Emoji joiners stay. */
const unseen =
  /(?![\n\t])\p{Cc}|[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]/gu

/** Characters that are looked at of a text from outside; what people write to one another is far shorter. */
const maxExaminedLength = 4096

/** The beginning of a text from outside, as far as patterns look at it: a long one must not hold up everything else. */
export function examined(text: string): string {
  return cutText(text, maxExaminedLength)
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
  const plain = text.replaceAll(unseen, '')
  // Letters with their accents apart are twice as many; only signs of other scripts are more.
  return cutText(takenApart(plain), 2 * plain.length + 64)
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
}

export function wordsOf(text: string): string[] {
  return folded(text).match(/[\p{L}\p{N}]+/gu) ?? []
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

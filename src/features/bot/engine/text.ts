import { cutText, decomposed } from '../../../util/text.ts'

/** Invisible characters that change a text: controls, bidirectional marks, zero widths, tags. Emoji joiners stay. */
const unseen =
  /(?![\n\t])\p{Cc}|[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]/gu

/** The maximum length examined of outside text; people's messages are far shorter. */
const maxExaminedLength = 4096

/** Cuts outside text for pattern matching: a long one must not block the event loop. */
export function examined(text: string): string {
  return cutText(text, maxExaminedLength)
}

/** Cleans outside text for a prompt: no invisible characters, limited length. */
export function cleaned(text: string, limit: number): string {
  const plain = cutText(text, 4 * limit)
    .toWellFormed()
    .replaceAll(unseen, '')
  return plain.length <= limit ? plain : `${plain.slice(0, limit)} […]`
}

/** Normalises a text for comparison: compatible characters equal, no accents, lower case, single spaces. */
export function folded(text: string): string {
  const plain = text.replaceAll(unseen, '')
  // Decomposed letters are twice as many; only other scripts' characters are more.
  return cutText(decomposed(plain), 2 * plain.length + 64)
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** Splits a text into normalised words. */
export function wordsOf(text: string): string[] {
  return folded(text).match(/[\p{L}\p{N}]+/gu) ?? []
}

/** Tells whether most letters are of another script than Latin, which the bot's languages use. */
export function isForeignScript(text: string): boolean {
  const letters = examined(text).match(/\p{L}/gu) ?? []
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length
  return letters.length >= 8 && latin < letters.length / 2
}

/** Computes the similarity of two texts, from 0 to 1, by their trigrams. */
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

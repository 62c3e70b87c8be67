import type { Language } from '../../../core/phone/language.ts'

/**
 * Words that may stand at one place of a phrase, by language and separated by commas: in lower case, without accents, `@` for
 * an o or an a, `*` at the end for any ending.
 */
export type Words = Partial<Record<Language, string>>

/** One place of a phrase: its words, words that may be left out, or a piece of a pattern that keeps its own spaces. */
type PhrasePart = Words | { maybe: Words } | { pattern: string }

/** Holds a phrase, place by place. A place takes the words of any language, since a model may mix them. */
export type PhraseForm = readonly PhrasePart[]

/** Compiles phrases to the source of a pattern for folded text, without groups of its own. */
export function patternOf(forms: readonly PhraseForm[]): string {
  return `(?:${forms.map(sourceOf).join('|')})`
}

/** Compiles words to the source of a pattern that matches any of them in folded text. */
export function wordPattern(words: Words): string {
  const all = Object.values(words).flatMap((list) => list.split(',').map((word) => word.trim()))
  const literal = (word: string) => word.replaceAll(/[.+?$()[\]{}|\\^*]/g, String.raw`\$&`)
  const source = (word: string) =>
    literal(word)
      .replaceAll('@', '[oa]')
      .replace(/\\\*$/, String.raw`\w*`)
  return `(?:${[...new Set(all)].map(source).join('|')})`
}

/** Builds the source of a form's pattern. Spaces stand before each place but the first, and after an optional one. */
function sourceOf(form: PhraseForm): string {
  let source = ''
  let isJoined = true
  for (const part of form) {
    if ('pattern' in part) {
      source += part.pattern
      isJoined = true
      continue
    }
    if (!isJoined) source += ' '
    isJoined = 'maybe' in part
    source += 'maybe' in part ? `(?:${wordPattern(part.maybe)} )?` : wordPattern(part)
  }
  return source
}

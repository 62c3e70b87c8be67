import type { AccountId, ChatId } from '../../core/ids.ts'
import type { Direction } from '../chats/chat.ts'
import { foldText } from '../../util/text.ts'
import type { Message, MessageKind } from './message.ts'

/** Words that follow one another; a single word is a phrase of one. */
export interface SearchTerm {
  words: readonly string[]
  /** The last word may go on. */
  prefix: boolean
}

/** Which messages are looked for. */
export interface SearchRequest {
  accountId: AccountId
  terms: readonly SearchTerm[]
  chatId: ChatId | null
  direction: Direction | null
  kind: MessageKind | null
  /** Not before this moment, to the second. */
  from: Date | null
  /** Before this moment, to the second. */
  to: Date | null
  /** Only what comes after this one in the order of the results. */
  after: SearchPlace | null
  limit: number
}

/** The place of a message in the order of results: newest second first, then the one that was stored later. */
export interface SearchPlace {
  second: number
  id: number
}

/** A message that was found, with where in its text the words are, in UTF-16 units. */
export interface SearchHit {
  message: Message
  chatName: string
  marks: readonly Mark[]
}

export interface Mark {
  start: number
  end: number
}

const maxTerms = 10
const maxWords = 20
/** One letter is in too many words to look for all that begin with it. */
const shortestPrefix = 2
const wordPattern = /[\p{L}\p{N}\p{M}\p{Co}]+/gu

/**
 * What somebody typed, as words to look for: all of them must occur, in any order; what stands in quotes must stand together. The
 * last word may be unfinished. Empty where there is neither letter nor digit in it.
 */
export function readSearch(typed: string): SearchTerm[] {
  const terms: SearchTerm[] = []
  let left = maxWords
  for (const [, quoted, plain = ''] of typed.matchAll(/"([^"]*)"?|([^"]+)/gu)) {
    const phrases = quoted === undefined ? plain.split(/\s+/u, 2 * maxTerms) : [quoted]
    for (const phrase of phrases) {
      const words = firstWords(phrase, left)
      if (words.length === 0) continue
      left -= words.length
      terms.push({ words, prefix: false })
      if (terms.length === maxTerms) break
    }
    if (left === 0 || terms.length === maxTerms) break
  }
  const last = terms.at(-1)
  const isOpen = /[\p{L}\p{N}\p{M}\p{Co}]$/u.test(typed)
  const long = Array.from(last?.words.at(-1) ?? '').length >= shortestPrefix
  if (last && isOpen && long) terms[terms.length - 1] = { ...last, prefix: true }
  return terms
}

function firstWords(text: string, limit: number): string[] {
  const words: string[] = []
  for (const [word] of text.matchAll(wordPattern)) {
    if (words.length === limit) break
    words.push(word)
  }
  return words
}

/** Where the words of the terms are in a text, from left to right; words of a phrase are marked wherever they stand. */
export function findMarks(text: string, terms: readonly SearchTerm[]): Mark[] {
  const whole = new Set(terms.flatMap(({ words }) => words.map(foldText)))
  const open = terms.filter(({ prefix }) => prefix).map(({ words }) => foldText(words.at(-1) ?? ''))
  const marks: Mark[] = []
  for (const match of text.matchAll(wordPattern)) {
    const word = foldText(match[0])
    if (!whole.has(word) && !open.some((begin) => word.startsWith(begin))) continue
    marks.push({ start: match.index, end: match.index + match[0].length })
  }
  return marks
}

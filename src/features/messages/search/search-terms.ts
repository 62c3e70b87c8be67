import type { AccountId, ChatId } from '../../../core/ids.ts'
import type { Direction } from '../../chats/chat.ts'
import { foldText } from '../../../util/text.ts'
import type { Message, MessageKind } from '../message.ts'

/** Consecutive words; a single word is a phrase of one. */
export interface SearchTerm {
  words: readonly string[]
  /** True if the last word may continue. */
  prefix: boolean
}

/** Says which messages to find. */
export interface SearchRequest {
  accountId: AccountId
  terms: readonly SearchTerm[]
  chatId: ChatId | null
  direction: Direction | null
  kind: MessageKind | null
  /** From this moment on, to the second. */
  from: Date | null
  /** Before this moment, to the second. */
  to: Date | null
  /** Only results after this one. */
  after: SearchCursor | null
  limit: number
}

/** Holds a message's place in the order of results: newest second first, then the one stored later. */
export interface SearchCursor {
  second: number
  id: number
}

/** Holds a found message, with the positions of the words in its text, in UTF-16 units. */
export interface SearchHit {
  message: Message
  chatName: string
  marks: readonly TextMatch[]
}

/** Holds the position of a match. */
export interface TextMatch {
  start: number
  end: number
}

const maxTerms = 10
const maxWords = 20
/** Too many words begin with any single letter. */
const shortestPrefix = 2
/** Most words have nothing to fold but capitals. */
const isPlain = /^[a-z\d]*$/i
const wordPattern = /[\p{L}\p{N}\p{M}\p{Co}]+/gu

/**
 * Parses typed text into terms: all must occur, in any order; quoted words must be adjacent. The last word may be
 * unfinished. Empty without a letter or digit.
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

/** Finds the terms' words in a text, from left to right; words of a phrase are marked wherever they occur. */
export function findMatches(text: string, terms: readonly SearchTerm[]): TextMatch[] {
  const whole = new Set(terms.flatMap(({ words }) => words.map(foldText)))
  const open = terms.filter(({ prefix }) => prefix).map(({ words }) => foldText(words.at(-1) ?? ''))
  const marks: TextMatch[] = []
  for (const match of text.matchAll(wordPattern)) {
    const word = isPlain.test(match[0]) ? match[0].toLowerCase() : foldText(match[0])
    if (!whole.has(word) && !open.some((begin) => word.startsWith(begin))) continue
    marks.push({ start: match.index, end: match.index + match[0].length })
  }
  return marks
}

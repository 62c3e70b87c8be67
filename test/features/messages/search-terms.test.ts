import { describe, expect, test } from 'vitest'
import { findMatches, readSearch } from '../../../src/features/messages/search/search-terms.ts'

/** The terms of a search: words of a phrase joined by `+`, an unfinished last word with `*`. */
const terms = (typed: string) =>
  readSearch(typed).map(({ words, prefix }) => words.join('+') + (prefix ? '*' : ''))

describe('the text of a search', () => {
  test.each([
    ['pan dulce', ['pan', 'dulce*']],
    ['pan dulce ', ['pan', 'dulce']],
    ['"pan dulce"', ['pan+dulce']],
    ['"pan dulce', ['pan+dulce*']],
    ['hoy "pan dulce" ya', ['hoy', 'pan+dulce', 'ya*']],
    ['12,50', ['12+50*']],
    ['mañana', ['mañana*']],
    ['a', ['a']],
    ['mi e', ['mi', 'e']],
  ])('%j means %j', (typed, expected) => {
    expect(terms(typed)).toEqual(expected)
  })

  test.each(['', '   ', '"', '""', '?!', '" "'])('%j means nothing', (typed) => {
    expect(terms(typed)).toEqual([])
  })

  test('counts up to ten terms and twenty words', () => {
    const words = Array.from({ length: 30 }, (_, n) => `w${n}`)
    expect(terms(words.join(' '))).toHaveLength(10)
    expect(terms(`"${words.join(' ')}"`)).toEqual([words.slice(0, 20).join('+')])
    expect(terms(`"${words.slice(0, 19).join(' ')}" uno dos `)).toEqual([words.slice(0, 19).join('+'), 'uno'])
  })
})

describe('the words that are marked in a text', () => {
  const marked = (text: string, typed: string) =>
    findMatches(text, readSearch(typed)).map(({ start, end }) => text.slice(start, end))

  test('are those of the search, whatever their case and accents', () => {
    expect(marked('El CAFÉ y el cafe', 'cafe ')).toEqual(['CAFÉ', 'cafe'])
  })

  test('begin with the last word where it may be unfinished, and equal the others', () => {
    expect(marked('panes de pan dulcemente', 'pan dulce')).toEqual(['pan', 'dulcemente'])
  })

  test('are at their place in UTF-16 units, also behind an emoji', () => {
    expect(findMatches('🥖 pan', readSearch('pan '))).toEqual([{ start: 3, end: 6 }])
  })
})

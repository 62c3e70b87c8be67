import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cleanText,
  fallbackOf,
  faultOfText,
  languageFor,
  readLanguage,
  render,
  requiredVariablesOf,
  variablesOf,
  wordsOfTime,
} from '../../../src/features/sending/rules/template.ts'

const values = (of: Record<string, string>) => new Map(Object.entries(of))

test('variables are filled in, with or without spaces, also those with accents, as often as they stand there', () => {
  const text = '{{customer.name}}, {{ cumpleaños }} y {{customer.name}}'
  expect(variablesOf(text)).toEqual(['customer.name', 'cumpleaños'])
  expect(render(text, values({ 'customer.name': 'Ana', cumpleaños: 'hoy' }))).toEqual({
    text: 'Ana, hoy y Ana',
    missing: [],
  })
})

test('what a value says is never looked at again', () => {
  const hostile = values({ a: '{{b}} {{customer.fields.pin}} $& $1', b: 'secret' })
  expect(render('{{a}}|{{b}}', hostile).text).toBe('{{b}} {{customer.fields.pin}} $& $1|secret')
})

test('a variable without a value is named, and stays as it is', () => {
  expect(render('{{a}} {{b}} {{a}}', values({ b: 'x' }))).toEqual({ text: '{{a}} x {{a}}', missing: ['a'] })
})

test('the text behind a bar stands where there is no value', () => {
  const text = 'Hola {{ customer.name | vecino/a, ¿qué tal }}: {{order}}{{note|}}'
  expect(render(text, values({ order: 'A' })).text).toBe('Hola vecino/a, ¿qué tal: A')
  expect(render(text, values({ 'customer.name': 'Ana', order: 'A', note: '!' })).text).toBe('Hola Ana: A!')
  expect(render(text, values({}))).toMatchObject({ missing: ['order'] })
  expect(variablesOf(text)).toEqual(['customer.name', 'order', 'note'])
  expect(requiredVariablesOf(text)).toEqual(['order'])
  expect(faultOfText(text)).toBeUndefined()
  expect(fallbackOf('{{a|x}} {{a|y}}', 'a')).toBe('x')
  expect(fallbackOf('{{a|x}} {{a}}', 'a')).toBeUndefined()
})

test('a variable that stands once without a fallback is required', () => {
  expect(render('{{a|x}} {{a}}', values({}))).toEqual({ text: 'x {{a}}', missing: ['a'] })
})

test('whatever the values are, each stands once and whole where its variable stood', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(render('<{{a}}><{{b}}>', values({ a, b })).text).toBe(`<${a}><${b}>`)
    }),
  )
})

test.each([
  ['{{customer.nmae}}', 'customer.nmae'],
  ['{{appointment.zone}}', 'appointment.zone'],
  ['Hola {{customer.name', '{{customer.name'],
  ['Hola customer.name}}', 'customer.name}}'],
  ['{{#if a}}x{{/if}}', '{{#if a}}'],
  ['{{ }}', '{{ }}'],
  ['{{a|b|c}}', '{{a|b|c}}'],
  ['{{a|b{c}}', '{{a|b{c}}'],
  [`{{a|${'x'.repeat(81)}}}`, '{{a|'],
  ['{{|x}}', '{{|x}}'],
  ['', '1 to 4096'],
  ['   ', '1 to 4096'],
  ['x'.repeat(4097), '1 to 4096'],
  [Array.from({ length: 51 }, (_, n) => `{{v${n}}}`).join(''), 'at most 50'],
])('the text %s is refused', (text, said) => {
  expect(faultOfText(text)).toContain(said)
})

test.each([
  'Hola',
  '{{order}}',
  '{{customer.fields.pet_name}} {{business.name}}',
  '👋'.repeat(4096),
  '{ } {x}',
])('the text %s is fine', (text) => {
  expect(faultOfText(text)).toBeUndefined()
})

test('a text that was made to be slow is read at once', () => {
  const text = '{{'.repeat(1000) + ' '.repeat(4000) + '{{a'.repeat(500)
  expect(faultOfText(text)).toBeDefined()
})

describe('the language', () => {
  const texts = { es: 'hola', en: 'hello' }
  test.each([
    [['en' as const, 'es' as const], 'en'],
    [['pt' as const, 'en' as const], 'en'],
    [[undefined, null, 'es' as const], 'es'],
    [['pt' as const, null], 'es'],
  ])('of the wishes %j is %s', (wishes, language) => {
    expect(languageFor(texts, wishes)).toBe(language)
  })

  test.each([
    ['pt-BR', 'pt'],
    ['ES', 'es'],
    [' en_GB ', 'en'],
    ['de', null],
    ['espanol', null],
    [7, null],
  ])('of a field that says %s is %s', (field, language) => {
    expect(readLanguage(field)).toBe(language)
  })
})

test('the time of an appointment is said as the zone and the language have it', () => {
  const at = new Date('2026-03-26T17:30:00Z')
  const zone = 'America/Argentina/Buenos_Aires'
  expect(wordsOfTime(at, 'es', zone)).toEqual({ date: 'jueves, 26 de marzo', time: '14:30' })
  expect(wordsOfTime(at, 'pt', zone)).toEqual({ date: 'quinta-feira, 26 de março', time: '14:30' })
  expect(wordsOfTime(at, 'en', zone)).toEqual({ date: 'Thursday, March 26', time: '2:30 PM' })
  // An hour later by the clock of Madrid, where summer time has not begun.
  expect(wordsOfTime(at, 'es', 'Europe/Madrid').time).toBe('18:30')
})

test('control characters are removed, and line breaks stay', () => {
  expect(cleanText('a\r\nb\u0000\u0007\tc\u001b[31m\u2028d')).toBe('a\nb c[31m\nd')
})

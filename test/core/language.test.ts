import { expect, test } from 'vitest'
import { countryOfPhone, languageOfPhone } from '../../src/core/phone/country.ts'
import { detectLanguage } from '../../src/core/phone/language.ts'
import type { Language } from '../../src/core/phone/language.ts'

/** Messages as people write them to shops. */
const usual: Record<Language, readonly string[]> = {
  es: [
    'Hola',
    '¿Aceptan tarjeta?',
    'Buenas',
    'cuanto sale el corte?',
    'Gracias',
    'tienen turno para mañana',
    'ok dale',
    'donde estan?',
    'precio?',
    'quiero reservar',
    'a que hora abren',
    'Buen dia',
    'no puedo hoy',
    'perfecto, gracias',
    '¿Hacen envíos?',
    'me pasas el alias',
    'necesito un turno',
    'Hola buenas tardes',
    'cuánto cuesta',
    'se puede pagar en cuotas',
    'mi pedido no llegó',
    'Quería saber si tienen lugar',
    'muy amable',
    'la semana que viene',
  ],
  pt: [
    'Oi',
    'Olá',
    'Obrigado!',
    'vocês aceitam cartão?',
    'quanto custa o corte?',
    'bom dia',
    'boa tarde',
    'tem horário amanhã?',
    'onde fica?',
    'qual o preço',
    'quero marcar',
    'sim',
    'não posso hoje',
    'que horas abre?',
    'fazem entrega?',
    'valeu',
    'tudo bem?',
    'preciso de um horário',
    'muito obrigada',
    'dá pra parcelar',
    'meu pedido não chegou',
    'vc faz luzes?',
    'Gostaria de agendar',
    'semana que vem',
  ],
  en: [
    'Hi',
    'Hello',
    'thanks',
    'do you take cards?',
    'how much is a haircut?',
    'good morning',
    'are you open tomorrow?',
    'where are you?',
    'I want to book',
    'what time do you open',
    'yes please',
    'not today',
    'thank you so much',
    'do you deliver?',
    'price?',
    'can I come at 5?',
    'ok great',
    'see you',
    'I need an appointment',
    'is it available?',
    'my order never arrived',
    'next week',
    'could you send me the menu',
  ],
}

const all = Object.entries(usual).flatMap(([language, texts]) => texts.map((text) => ({ language, text })))

test('at least 66 of 71 usual short messages are told apart, and at most one wrongly', async () => {
  expect(all).toHaveLength(71)
  const heard = await Promise.all(all.map(async (one) => ({ ...one, found: await detectLanguage(one.text) })))
  const wrong = heard.filter(({ found, language }) => found !== undefined && found !== language)
  const open = heard.filter(({ found }) => found === undefined)
  expect(wrong.length, JSON.stringify(wrong)).toBeLessThanOrEqual(1)
  expect(heard.length - wrong.length - open.length, JSON.stringify(open)).toBeGreaterThanOrEqual(66)
})

test.each([
  'ok',
  '👍',
  '123',
  'Corte',
  'jajaja',
  '...',
  '',
  'Ana López',
  'https://sol.example',
  'ana@sol.com',
])('the language of %j cannot be told', async (text) => expect(await detectLanguage(text)).toBeUndefined())

test.each([
  'Bonjour, combien coûte une coupe de cheveux dans votre salon ?',
  'Guten Tag, haben Sie morgen noch einen Termin frei für mich?',
  '您好，请问明天有空吗？我想预约理发',
  'Здравствуйте, сколько стоит стрижка?',
])('a text in another language is none of the three: %s', async (text) => {
  expect(await detectLanguage(text)).toBeUndefined()
})

test('a number tells a language only where its country speaks one of the three', () => {
  expect(countryOfPhone('5491123456789')).toBe('AR')
  expect(languageOfPhone('5491123456789')).toBe('es')
  expect(languageOfPhone('34612345678')).toBe('es')
  expect(languageOfPhone('5511987654321')).toBe('pt')
  expect(languageOfPhone('351912345678')).toBe('pt')
  expect(languageOfPhone('447400123456')).toBe('en')
  expect(languageOfPhone('17875551234')).toBe('es')
  expect(languageOfPhone('14155550100')).toBe('en')
  expect(languageOfPhone('4915112345678')).toBeNull()
  expect(languageOfPhone(null)).toBeNull()
})

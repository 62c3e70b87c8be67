import { describe, expect, test } from 'vitest'
import { knownDates, statedIn } from '../../../src/features/bot/engine/extract.ts'
import type { Stated } from '../../../src/features/bot/engine/extract.ts'

const nothing: Stated = { links: [], emails: [], phones: [], amounts: [], dates: [] }

describe('a text of the bot', () => {
  test.each<[string, Partial<Stated>]>([
    ['Cuesta 1.500,50 €', { amounts: ['EUR:1500.5'] }],
    ['Sale treinta y cinco euros', { amounts: ['words:treinta y cinco euros'] }],
    ['El precio es 20', { amounts: ['?:20'] }],
    ['Es gratis', { amounts: ['free'] }],
    ['Custa R$ 20', { amounts: ['BRL:20'] }],
    ['São vinte reais', { amounts: ['words:vinte reais'] }],
    ['Dá 10 por cento', { amounts: ['%:10'] }],
    ['It costs $1,500', { amounts: ['$:1500'] }],
    ['That is fifty pounds', { amounts: ['words:fifty pounds'] }],
    ['15% off', { amounts: ['%:15'] }],
    ['Te espero el 3 de mayo', { dates: [['day:5-3']] }],
    ['a las 9', { dates: [['time:9:00', 'time:21:00']] }],
    ['el lunes', { dates: [['weekday:1']] }],
    ['em 3 de março às 14h30', { dates: [['day:3-3'], ['time:14:30']] }],
    ['no sábado', { dates: [['weekday:6']] }],
    ['on May 3rd at 2 pm', { dates: [['day:5-3'], ['time:14:00']] }],
    ['on 2026-05-03', { dates: [['day:5-3']] }],
    ['3/5', { dates: [['day:5-3', 'day:3-5']] }],
    ['mira www.sol.example/precios', { links: ['sol.example/precios'] }],
    ['veja https://sol.example', { links: ['sol.example'] }],
    ['go to sol[.]example', { links: ['sol.example'] }],
    ['escribe a ana@sol.example', { emails: ['ana@sol.example'] }],
    ['ana arroba sol punto com', { emails: ['ana@sol.com'] }],
    ['llama al +54 9 11 1234-5678', { phones: ['5491112345678'] }],
  ])('states in %j: %j', (text, stated) => {
    expect(statedIn(text)).toEqual({ ...nothing, ...stated })
  })

  test.each([
    'Hola, ¿en qué te ayudo?',
    'Somos 3 personas.',
    'Olá, tudo bem?',
    'A segunda opção é melhor.',
    'The sun is out.',
    'We have 2 branches',
    'Fin. De nuevo',
    'ana @ home',
  ])('states nothing that could be wrong in %j', (text) => {
    expect(statedIn(text)).toEqual(nothing)
  })
})

describe('what the business said', () => {
  test.each([
    ['Abrimos de lunes a miércoles', ['weekday:1', 'weekday:2', 'weekday:3']],
    ['Abrimos de sexta a domingo', ['weekday:5', 'weekday:6', 'weekday:0']],
    ['Open Friday to Sunday', ['weekday:5', 'weekday:6', 'weekday:0']],
    ['El 2026-03-25T10:00', ['day:3-25', 'time:10:00', 'time:22:00', 'weekday:3']],
  ])('makes known in %j: %j', (text, known) => {
    expect(knownDates(text, 2026)).toEqual(new Set(known))
  })
})

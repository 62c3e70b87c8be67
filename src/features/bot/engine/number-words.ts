import type { Words } from './phrase-table.ts'

/** Numbers in words: whole amounts are written with these, joined by {@link joins} or spaces. */
export const numbers: Words = {
  es:
    'un, uno, una, dos, tres, cuatro, cinco, seis, siete, ocho, nueve, diez, once, doce, quince, veinte, treinta, cuarenta, ' +
    'cincuenta, sesenta, setenta, ochenta, noventa, cien, ciento, mil, millon',
  pt: 'um, dois, duas, quatro, sete, oito, nove, dez, vinte, trinta, quarenta, cinquenta, cem',
  en:
    'one, two, three, four, five, six, seven, eight, nine, ten, twelve, fifteen, twenty, thirty, forty, fifty, hundred, ' +
    'thousand',
}

/** Words between two numbers. */
export const joins: Words = { es: 'y', pt: 'e', en: 'and' }

/** Units of amounts in words. */
export const units: Words = {
  es: 'euro, euros, peso, pesos, dolar, dolares, libra, libras, por ciento',
  pt: 'reais, por cento',
  en: 'dollar, dollars, pound, pounds, percent',
}

/** Units that follow an amount in figures, besides {@link units}. */
export const unitsOfFigures: Words = { es: 'soles', pt: 'real', en: 'bucks, quid, per cent' }

/** Words for something that costs nothing. */
export const free: Words = {
  es: 'gratis, gratuito, gratuita, gratuitos, gratuitas, sin cargo',
  pt: 'sem custo',
  en: 'for free, free of charge',
}

/** Words before a price without a currency. */
export const prices: Words = {
  es: 'cuesta, cuestan, vale, valen, sale, precio, total, descuento',
  pt: 'custa, preco, desconto',
  en: 'cost, costs, price, discount',
}

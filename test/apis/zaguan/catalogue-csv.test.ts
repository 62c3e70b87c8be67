import { describe, expect, test } from 'vitest'
import { readCatalogueCsv } from '../../../src/apis/zaguan/bot/catalogue-csv.ts'
import { leastCpuMs } from '../../support/cpu-time.ts'

const read = (text: string) => readCatalogueCsv(text, 2000).map(({ cells }) => cells)
const refused = (text: string) => {
  try {
    return JSON.stringify(read(text))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('a catalogue as spreadsheets write it is read with', () => {
  const pan = { sku: 'A1', name: 'Pan', price: '2 €' }
  test.each<[string, string, object[]]>([
    ['lines that end in CR alone', 'sku,name,price\rA1,Pan,2 €\r', [pan]],
    ['lines that end in CRLF', 'sku,name,price\r\nA1,Pan,2 €\r\n', [pan]],
    ['semicolons', 'sku;name;price\nA1;Pan;2 €', [pan]],
    ['tabs', 'sku\tname\tprice\nA1\tPan\t2 €', [pan]],
    ['a byte order mark', '\uFEFFsku,name,price\nA1,Pan,2 €', [pan]],
    ['capitals and blanks in the head line', ' SKU , Name ,PRICE\nA1, Pan ,2 €', [pan]],
    ['blank lines, before and after', '\n\nsku,name,price\n\nA1,Pan,2 €\n\n\n', [pan]],
    ['lines of separators alone', 'sku;name;price;;\nA1;Pan;2 €;;\n;;;;\n', [pan]],
    [
      'a line break and quotes inside of quotes',
      'sku,name,price\nA1,"line 1\nline ""2""",2 €',
      [{ ...pan, name: 'line 1\nline "2"' }],
    ],
    ['a price with a comma in quotes', 'sku,name,price\nA1,Pan,"2,50"', [{ ...pan, price: '2,50' }]],
    ['a comma where semicolons separate', 'sku;name;price\nA1;Pan;2,50', [{ ...pan, price: '2,50' }]],
    ['a short row', 'sku,name,price,stock,description\nA1,Pan,2 €', [pan]],
    ['an empty stock', 'sku,stock,name,price\nA1,,Pan,2 €', [{ ...pan, stock: null }]],
  ])('%s', (_, text, rows) => {
    expect(read(text)).toEqual(rows)
  })

  test('separators that are judged outside of quotes', () => {
    expect(read('sku;name;price;"description, long, very long"\nA1;Pan;2 €;x')).toEqual([
      { sku: 'A1', name: 'Pan', price: '2 €', 'description, long, very long': 'x' },
    ])
  })

  test('the line on which each row begins, also behind cells of several lines', () => {
    const rows = readCatalogueCsv('sku,name,price\nA,"a\nb\nc",1\nB,b,2\n\nC,c,3', 2000)
    expect(rows.map(({ line }) => line)).toEqual([2, 5, 6])
  })
})

describe('a catalogue is refused with the reason where it has', () => {
  test.each([
    [
      'an empty text',
      '',
      'line 1: expected a header line with sku, name and price; sku, name, price is missing',
    ],
    ['no head line', 'A1,Pan,2 €\nB1,Tarta,3 €', 'expected a header line'],
    ['a head line without a price', 'sku,name\nA1,Pan', 'price is missing'],
    ['a head line alone', 'sku,name,price\n', 'at least one product'],
    ['a column twice', 'sku,name,price,name\nA1,Pan,2 €,x', 'found name twice'],
    [
      'a quote that is never closed',
      'sku,name,price\nA0,ok,1\nA1,"Pan,2 €\nA2,x,3',
      'line 3, name: a quote is never closed',
    ],
    [
      'a quote in the head line that is never closed',
      'sku,"name,price\nA1,Pan,2 €',
      'line 1, column 2: a quote',
    ],
    [
      'text behind a closing quote',
      'sku,name,price\nA1,"Pan"x,2 €',
      'line 2, name: put a cell that contains quotes',
    ],
    ['a comma that is not in quotes', 'sku,name,price\nA1,Pan,2,50', 'line 2: expected 3 columns, found 4'],
  ])('%s', (_, text, message) => {
    expect(refused(text)).toContain(message)
  })
})

test('a catalogue of 900,000 characters does not hold up everything else', () => {
  const texts = [
    `sku,name,price\n${'A,b,c\n'.repeat(149_990)}`,
    `sku,name,price\n${'\n'.repeat(890_000)}`,
    `sku,name,price\n${','.repeat(890_000)}`,
    `sku,name,price\n"${'a'.repeat(890_000)}`,
    '"'.repeat(899_999),
    ','.repeat(900_000),
  ]
  for (const text of texts) {
    expect(leastCpuMs(200, () => refused(text))).toBeLessThan(200)
  }
})

import { CsvError, parse } from 'csv-parse/sync'

/** Holds a row of a catalogue as written, and its first line. */
export interface CsvRow {
  line: number
  cells: Record<string, unknown>
}

/** Says why a file cannot be read, in words for its owner. */
export class CsvFault extends Error {}

const required = ['sku', 'name', 'price'] as const
/** More than all columns of a product at their maximum. */
const maxRowLength = 8000
const maxColumns = 200
const delimiters = [',', ';', '\t'] as const

/**
 * Reads a catalogue as spreadsheets write it (RFC 4180): a header with sku, name and price and optionally stock and
 * description, in any order; commas, semicolons or tabs; quotes if needed; any line ends. Skips blank lines.
 * @param maxRows the maximum number of rows read
 * @throws CsvFault with the line, and the column if one is at fault
 */
export function readCatalogueCsv(text: string, maxRows: number): CsvRow[] {
  const delimiter = delimiterOf(text)
  // Empty cells do not count towards the length of a row.
  if (text.includes(delimiter.repeat(maxColumns))) {
    throw new CsvFault(`expected at most ${maxColumns} columns`)
  }
  const [first] = parseRecords(text, { delimiter, to: 1 }, [])
  const head = headOf(first?.record ?? [])
  const rows: CsvRow[] = []
  let line = 1
  for (const { record, info } of parseRecords(text, { delimiter, to: maxRows + 2 }, head)) {
    // The header is read again, so that lines count from the beginning.
    if (info.records > 1) rows.push({ line, cells: cellsOf(record, head, line) })
    line = info.lines + 1
  }
  if (rows.length === 0) throw new CsvFault('expected at least one product below the header line')
  return rows
}

interface ParsedRecord {
  record: string[]
  info: { lines: number; records: number }
}

function parseRecords(
  text: string,
  how: { delimiter: string; to: number },
  head: readonly string[],
): ParsedRecord[] {
  const options = {
    bom: true,
    info: true,
    max_record_size: maxRowLength,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
  }
  const records = (to: number) => parse(text, { ...options, ...how, to }) as unknown as ParsedRecord[]
  try {
    return records(how.to)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const fault = error as unknown as { records: number; index: number }
    const before = fault.records === 0 ? undefined : records(fault.records).at(-1)
    const line = (before?.info.lines ?? 0) + 1
    throw new CsvFault(`line ${line}, ${head[fault.index] ?? `column ${fault.index + 1}`}: ${sayOf(error)}`)
  }
}

function sayOf({ code }: CsvError): string {
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return `expected a row of at most ${maxRowLength} characters; look for a quote that is never closed`
  }
  return code === 'CSV_QUOTE_NOT_CLOSED'
    ? 'a quote is never closed'
    : 'put a cell that contains quotes in quotes, and double each quote inside'
}

function headOf(cells: readonly string[]): string[] {
  const names = cells.map((cell) => cell.trim().toLowerCase())
  const missing = required.filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw new CsvFault(
      `line 1: expected a header line with sku, name and price; ${missing.join(', ')} is missing`,
    )
  }
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) < at)
  if (twice !== undefined) throw new CsvFault(`line 1: expected each column once, found ${twice} twice`)
  // Spreadsheets leave empty columns at the end.
  while (names.at(-1) === '') names.pop()
  return names
}

function cellsOf(record: readonly string[], head: readonly string[], line: number): CsvRow['cells'] {
  if (record.slice(head.length).some((cell) => cell.trim() !== '')) {
    throw new CsvFault(
      `line ${line}: expected ${head.length} columns, found ${record.length}; put a cell with a separator in it in quotes`,
    )
  }
  const { stock, ...cells } = Object.fromEntries(head.map((name, at) => [name, record[at]?.trim()]))
  return stock === undefined ? cells : { ...cells, stock: stock === '' ? null : Number(stock) }
}

/** Returns the most frequent separator in the header, outside quotes. */
function delimiterOf(text: string): string {
  const counts = new Map<string, number>(delimiters.map((each) => [each, 0]))
  let quoted = false
  for (const character of text) {
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) {
      if ([...counts.values()].some((count) => count > 0)) break
    } else if (!quoted) {
      const count = counts.get(character)
      if (count !== undefined) counts.set(character, count + 1)
    }
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? ','
}

/** The line between a table's head and its rows: `|---|:--:|`. */
const divider = /^\s{0,3}\|?\s{0,9}:?-{2,}:?\s{0,9}(?:\|\s{0,9}:?-{1,}:?\s{0,9})*\|?\s*$/

/** Replaces tables by a line per row: WhatsApp has none. */
export function withRowsForTables(text: string): string {
  const lines = text.split('\n')
  const shown: string[] = []
  for (let at = 0; at < lines.length;) {
    const rows = rowsFrom(lines, at)
    if (rows === undefined) {
      shown.push(lines[at] ?? '')
      at += 1
      continue
    }
    shown.push(...rowsInWords(rows.head, rows.body))
    at = rows.end
  }
  return shown.join('\n')
}

interface Rows {
  head: string[] | undefined
  body: string[][]
  end: number
}

/** Reads a table that begins at this line; undefined if no table does. */
function rowsFrom(lines: readonly string[], at: number): Rows | undefined {
  const first = lines[at] ?? ''
  const second = lines[at + 1] ?? ''
  const ruled = first.includes('|') && second.includes('-') && second.includes('|') && divider.test(second)
  if (!ruled && !(isRow(first) && isRow(second))) return undefined
  let end = at + (ruled ? 2 : 0)
  const body: string[][] = []
  for (let line = lines[end] ?? ''; line.trim() !== '' && line.includes('|'); line = lines[end] ?? '') {
    if (!divider.test(line)) body.push(cellsOf(line))
    end += 1
  }
  return { head: ruled ? cellsOf(first) : undefined, body, end }
}

function isRow(line: string): boolean {
  const text = line.trim()
  return text.length > 2 && text.startsWith('|') && text.endsWith('|')
}

function cellsOf(line: string): string[] {
  const text = line.trim()
  const from = text.startsWith('|') ? 1 : 0
  const to = text.endsWith('|') && text.length > 1 ? -1 : text.length
  return text
    .slice(from, to)
    .split('|')
    .map((cell) => cell.trim())
}

function rowsInWords(head: readonly string[] | undefined, body: readonly string[][]): string[] {
  if (body.length === 0 && head) return [head.filter((cell) => cell !== '').join(', ')]
  return body.map(([first = '', ...others]) => {
    const named = others
      .map((cell, index) => {
        const name = others.length > 1 ? (head?.[index + 1] ?? '') : ''
        return cell === '' ? '' : name === '' ? cell : `${name}: ${cell}`
      })
      .filter((cell) => cell !== '')
    if (named.length === 0) return `- ${first}`
    if (first === '') return `- ${named.join(' · ')}`
    return others.length === 1 ? `- ${first}: ${named.join('')}` : `- ${first} · ${named.join(' · ')}`
  })
}

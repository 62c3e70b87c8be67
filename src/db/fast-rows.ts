import type { SqliteStatement } from 'kysely'
import type Sqlite from 'better-sqlite3'

type Values = readonly unknown[]
export type MakeRow = (values: Values) => object

export interface FastStatement extends SqliteStatement {
  columnNames(): string[]
}

/**
 * A prepared statement that gives the same rows in a third of the time: the driver makes objects one property at a time from
 * outside of JavaScript, and is quick only with plain lists of values.
 */
export function fastRows(statement: Sqlite.Statement): FastStatement {
  if (!statement.reader) return Object.assign(statement, { columnNames: () => [] })
  statement.raw(true)
  const columnNames = () => statement.columns().map(({ name }) => name)
  let columns = 0
  let makeRow: MakeRow = () => ({})
  // A changed schema may give a statement other columns while it lives.
  const shapeFor = (row: Values): MakeRow => {
    if (row.length !== columns) {
      const names = columnNames()
      columns = names.length
      makeRow = rowMaker(names)
    }
    return makeRow
  }
  return {
    reader: true,
    columnNames,
    all(parameters) {
      const rows = statement.all(parameters) as Values[]
      const [first] = rows
      return first === undefined ? [] : rows.map(shapeFor(first))
    },
    run: (parameters) => statement.run(parameters),
    *iterate(parameters) {
      for (const row of statement.iterate(parameters) as Iterable<Values>) yield shapeFor(row)(row)
    },
  }
}

/** Of two columns with one name the latter counts, as with the driver. */
export function rowMaker(names: readonly string[]): MakeRow {
  const fields = names.map((name, index) => `${JSON.stringify(name)}: values[${index}]`)
  // Written out, all rows of a query share a shape that the engine knows; the names come from our own SQL alone.
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
  return new Function('values', `return { ${fields.join(', ')} }`) as MakeRow
}

import type { SqliteStatement } from 'kysely'
import type Sqlite from 'better-sqlite3'

type Values = readonly unknown[]
/** Builds a row object from a list of values. */
export type MakeRow = (values: Values) => object

/** Counts the rows that statements of a connection write. */
export interface RowCounter {
  rows: number
}

/** Runs a prepared statement that knows its column names. */
export interface FastStatement extends SqliteStatement {
  columnNames(): string[]
}

/**
 * Wraps a prepared statement so that it returns the same rows in a third of the time: the driver builds objects
 * property by property from outside JavaScript, and is fast only with plain lists of values.
 */
export function fastRows(statement: Sqlite.Statement, written: RowCounter): FastStatement {
  if (!statement.reader) return counted(statement, written)
  statement.raw(true)
  const columnNames = () => statement.columns().map(({ name }) => name)
  let columns = 0
  let makeRow: MakeRow = () => ({})
  // A schema change may give a live statement other columns.
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
      if (!statement.readonly) written.rows += rows.length
      const [first] = rows
      return first === undefined ? [] : rows.map(shapeFor(first))
    },
    run: (parameters) => statement.run(parameters),
    *iterate(parameters) {
      for (const row of statement.iterate(parameters) as Iterable<Values>) yield shapeFor(row)(row)
    },
  }
}

function counted(statement: Sqlite.Statement, written: RowCounter): FastStatement {
  return {
    reader: false,
    columnNames: () => [],
    all: (parameters) => statement.all(parameters),
    run(parameters) {
      const result = statement.run(parameters)
      written.rows += result.changes
      return result
    },
    iterate: (parameters) => statement.iterate(parameters),
  }
}

/** Compiles a function that builds rows. Of two columns with one name the later counts, as with the driver. */
export function rowMaker(names: readonly string[]): MakeRow {
  const fields = names.map((name, index) => `${JSON.stringify(name)}: values[${index}]`)
  // Written out, all rows of a query share one hidden class; the names come only from our own SQL.
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
  return new Function('values', `return { ${fields.join(', ')} }`) as MakeRow
}

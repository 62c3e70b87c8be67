import type { Compilable, CompiledQuery, QueryResult, SqliteStatement } from 'kysely'
import { directStatement } from './direct.ts'
import { rowMaker } from './fast-rows.ts'
import type { MakeRow } from './fast-rows.ts'

/** Stands for a value while a query is built; compared by identity. */
class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }

  /**
   * Refuses arithmetic, comparison and template strings.
   * @throws Error always: the result would be compiled in for good
   */
  [Symbol.toPrimitive](): never {
    throw new Error(`the value ${this.name} of a prepared query may only be handed on, not computed with`)
  }

  /** @throws Error always, like arithmetic */
  toJSON(): never {
    return this[Symbol.toPrimitive]()
  }
}

/**
 * Builds and compiles a query once, to be run with other values: building costs several times what SQLite needs for
 * an indexed row. The builder must pass its values on untouched: arithmetic, template strings and spreads of them
 * throw. A condition on a value cannot be noticed, since every placeholder is truthy: build two queries instead.
 *
 * @example const find = compiled((db: Db, p: { id: number }) => db.selectFrom('chats').selectAll().where('id', '=',
 * p.id))
 */
export function compiled<D extends object, P extends object, R>(
  build: (db: D, values: P) => Compilable<R>,
): (db: D, values: P) => Promise<QueryResult<R>> {
  let template: CompiledQuery<R> | undefined
  return (db, values) => {
    template ??= build(db, placeholders<P>()).compile()
    const parameters = valuesOf(template, values)
    const statement = directStatement(db, template.sql)
    if (!statement) return (db as unknown as Executing).executeQuery({ ...template, parameters })
    return run(statement, parameters)
  }
}

/**
 * Prepares a query like `compiled`, for pages of rows with many columns, none of them bytes or fractions: SQLite returns the
 * whole page as one text, which takes half the time of returning each value.
 */
export function compiledPage<D extends object, P extends object, R extends object>(
  build: (db: D, values: P) => Compilable<R>,
): (db: D, values: P) => Promise<R[]> {
  let template: CompiledQuery<R> | undefined
  let page: { sql: string; makeRow: MakeRow } | undefined
  return async (db, values) => {
    template ??= build(db, placeholders<P>()).compile()
    const statement = directStatement(db, template.sql)
    const parameters = valuesOf(template, values)
    if (!statement)
      return (await (db as unknown as Executing).executeQuery<R>({ ...template, parameters })).rows
    page ??= asOneText(template.sql, statement.columnNames())
    const [found] = (directStatement(db, page.sql)?.all(parameters) ?? []) as { page: string }[]
    return (JSON.parse(found?.page ?? '[]') as unknown[][]).map(page.makeRow) as R[]
  }
}

function asOneText(sql: string, names: readonly string[]): { sql: string; makeRow: MakeRow } {
  if (new Set(names).size < names.length) throw new Error(`two columns have one name in ${sql}`)
  const columns = names.map((name) => `"${name}"`).join(', ')
  return {
    sql: `select json_group_array(json_array(${columns})) as page from (${sql})`,
    makeRow: rowMaker(names),
  }
}

function valuesOf<P extends object>(template: CompiledQuery, values: P): unknown[] {
  return template.parameters.map((parameter) =>
    parameter instanceof Placeholder ? values[parameter.name as keyof P] : parameter,
  )
}

// Returns a promise although nothing is awaited: callers do not know which database it is.
async function run<R>(statement: SqliteStatement, parameters: readonly unknown[]): Promise<QueryResult<R>> {
  if (statement.reader) return { rows: statement.all(parameters) as R[] }
  const { changes, lastInsertRowid } = statement.run(parameters)
  return { numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid), rows: [] }
}

/** Runs queries: the common part of a database and a running transaction. */
interface Executing {
  executeQuery<R>(query: CompiledQuery<R>): Promise<QueryResult<R>>
}

/**
 * Creates an object whose every property is a placeholder of that name. @throws Error if its properties are listed or
 * tested
 */
function placeholders<P extends object>(): P {
  const refuse = (): never => {
    throw new Error('the values of a prepared query have no list: name each of them')
  }
  return new Proxy({} as P, {
    get: (_, name) => new Placeholder(String(name)),
    ownKeys: refuse,
    has: refuse,
  })
}

import { readFileSync, readdirSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'

const source = new URL('../../src/', import.meta.url).pathname
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && name !== 'client/schema.ts',
)

/** Lists what a file exports under which names: functions, classes, interfaces and types, with their doc comments. */
function* exportedBy(file: ts.SourceFile): Generator<{ name: string; isDocumented: boolean }> {
  for (const statement of file.statements) {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (!isExported) continue
    const isDocumented = ts.getJSDocCommentsAndTags(statement).some((part) => ts.isJSDoc(part))
    for (const name of namesIn(statement)) yield { name, isDocumented }
  }
}

/** Lists the names that a statement declares; of constants, only those of functions. */
function namesIn(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations
      .filter(({ initializer }) => initializer !== undefined && ts.isFunctionLike(initializer))
      .map(({ name }) => name.getText())
  }
  const isDeclaration =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  return isDeclaration && statement.name ? [statement.name.text] : []
}

/** Lists the exported names without a doc comment; of overloads, one comment is enough. */
function undocumentedIn(path: string, text: string): string[] {
  const exported = [...exportedBy(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))]
  const documented = new Set(exported.filter(({ isDocumented }) => isDocumented).map(({ name }) => name))
  return [...new Set(exported.map(({ name }) => name))]
    .filter((name) => !documented.has(name))
    .map((name) => `${path}: ${name}`)
}

test('every exported function, class, interface and type has a doc comment', () => {
  const missing = files.flatMap((name) => undocumentedIn(name, readFileSync(source + name, 'utf8')))
  expect(missing).toEqual([])
})

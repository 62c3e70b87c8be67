import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const read = (path: string) => readFileSync(root + path, 'utf8')
const below = (folder: string, ending: string) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`)

const papers = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...below('docs', '.md'),
  ...below('.github', '.yml'),
]

test.each(papers)('every path and every link in %s leads to a file', (paper) => {
  const text = read(paper)
  const named = [...text.matchAll(/`((?:src|test|scripts|docs|data)\/[\w./-]+)`/g)].map(([, path]) => path!)
  const folder = paper.includes('/') ? paper.slice(0, paper.lastIndexOf('/') + 1) : ''
  const linked = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => folder + path!)
  expect([...named, ...linked].filter((path) => !existsSync(root + path))).toEqual([])
})

describe('the names', () => {
  const forbidden =
    /\b(?:Bell|Lanes|knock|Postman|Ledger|converse|meet|Governor|Openings|UntilChanged|onceATurn|OnTheWay|(?:most|longest|furthest|largest)[A-Z]\w*|\w+AtMost|Gate|Draft|Erased|Existence|Unkept|Told|Taken|(?:drop|forget|collapse|move)Marks|marksOf|whoMade|goOn|knock[A-Z]\w*|meet[A-Z]\w*|withWayOut|whereAndWho|[A-Za-z]*[Dd]esk|Attention|[Aa]ttention|Parcel|Troublemaker|Doubled\w*|isTwin|Lane|Way|Looked|Looking|Looks|leavings|Drafts|Senses|Noticed|Scene|scene|heads|news|\w+News|markWent|untry|goDown|goBack|lookInto|patienceMs|hurry|isDeed|letGo|historian|employed|takers|nobodySaid|perceived\w*|Places|SearchPlace|ListenPlace|steadily|SteadyClock|takeAway|sayHold|tell|takenApart|leaveNoTrace|Happened|breakDown)\b/g
  // `newest…` and `oldest…` are about order, not limits; strings and comments are prose.
  const code = (text: string) =>
    text
      .replaceAll(/\/\*[^]*?\*\/|\/\/[^\n]*/g, '')
      .replaceAll(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, "''")

  test('in the product are the words of the glossary', () => {
    const found = below('src', '.ts')
      .filter((path) => path !== 'src/client/schema.ts')
      .flatMap((path) => [...code(read(path)).matchAll(forbidden)].map(([word]) => `${path}: ${word}`))
    expect(found).toEqual([])
  })
})

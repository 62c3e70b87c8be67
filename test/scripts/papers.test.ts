import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const below = (folder: string, ending: string) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`)
const papers = [...readdirSync(root).filter((name) => name.endsWith('.md')), ...below('docs', '.md')]

test.each(papers)('every path and every link in %s leads to a file', (paper) => {
  const text = readFileSync(root + paper, 'utf8')
  const named = [...text.matchAll(/`((?:src|test|scripts|docs)\/[\w./-]+)`/g)].map(([, path]) => path!)
  const folder = paper.slice(0, paper.lastIndexOf('/') + 1)
  const linked = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => folder + path!)
  expect([...named, ...linked].filter((path) => !existsSync(root + path))).toEqual([])
})

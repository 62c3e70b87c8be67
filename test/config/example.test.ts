import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { keys } from '../../src/config/keys.ts'
import { loadConfig } from '../../src/config/load.ts'

const example = new URL('../../config.example.yaml', import.meta.url).pathname

describe('config.example.yaml', () => {
  it('loads and equals the defaults', () => {
    const fromExample = loadConfig({ path: example, env: {}, cwd: '/' })
    const defaults = loadConfig({ env: {}, cwd: '/nowhere' })
    expect(defaults.file).toBeNull()
    expect(fromExample.config).toEqual(defaults.config)
  })

  it('has every key of the schema, in its order, and no other', () => {
    const sections: Record<string, Record<string, unknown>> = parse(readFileSync(example, 'utf8'))
    const found = Object.entries(sections).flatMap(([section, own]) =>
      Object.keys(own).map((name) => `${section}.${name}`),
    )
    expect(found).toEqual(keys.map((info) => info.key))
  })

  it('has a comment above every key', () => {
    const lines = readFileSync(example, 'utf8').split('\n')
    const bare = lines.filter((line, i) => /^ {2}\w+:/.test(line) && !/^ {2}# /.test(lines[i - 1] ?? ''))
    expect(bare).toEqual([])
  })
})

import { readFileSync } from 'node:fs'
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml'
import type { Document, Pair, YAMLMap } from 'yaml'
import { keys } from './keys.ts'
import type { Reading } from './fault.ts'
import { didYouMean } from './nearest.ts'
import { sections } from './schema.ts'

/** Reads a configuration file into raw values with their lines. Checks names, not values. */
export function readConfigFile(path: string): Reading {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const message = missing ? 'there is no such file' : `the file cannot be read: ${(error as Error).message}`
    return { values: new Map(), faults: [{ key: null, where: path, message }] }
  }
  return readConfigText(text, path)
}

/** Reads the text of a configuration file; `path` is for messages. See {@link readConfigFile}. */
export function readConfigText(text: string, path: string): Reading {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number | undefined) =>
    offset === undefined ? path : `${path}, line ${lines.linePos(offset).line}`
  const reader = new FileReader(document, at)
  if (document.errors.length === 0) reader.readSections()
  for (const error of document.errors) reader.fault(null, error.pos[0], `not valid YAML: ${error.message}`)
  return reader
}

class FileReader implements Reading {
  readonly values: Reading['values'] = new Map()
  readonly faults: Reading['faults'] = []
  private readonly document: Document
  private readonly at: (offset: number | undefined) => string

  constructor(document: Document, at: (offset: number | undefined) => string) {
    this.document = document
    this.at = at
  }

  fault(key: string | null, offset: number | undefined, message: string): void {
    this.faults.push({ key, where: this.at(offset), message })
  }

  readSections(): void {
    const root = this.document.contents
    if (root === null || (isScalar(root) && root.value === null)) return
    if (!isMap(root)) return this.fault(null, root.range?.[0], 'expected sections such as "server:"')
    for (const pair of root.items) this.readSection(pair)
  }

  private readSection(pair: Pair): void {
    const name = nameOf(pair)
    const names = Object.keys(sections)
    if (!names.includes(name)) {
      const known = keys.map((info) => info.key)
      const hint = didYouMean(name, names) || didYouMean(name, known) || sectionHint(name)
      return this.fault(name, offsetOf(pair), `unknown section${hint}`)
    }
    const value = this.resolve(pair.value)
    if (isMap(value)) return this.readKeys(name, value)
    if (value !== null && !(isScalar(value) && value.value === null)) {
      this.fault(name, offsetOf(pair), 'expected a section: indent its keys below it')
    }
  }

  private readKeys(section: string, map: YAMLMap): void {
    const own = keys.filter((info) => info.section === section)
    for (const pair of map.items) {
      const name = nameOf(pair)
      const info = own.find((info) => info.name === name)
      const offset = offsetOf(pair)
      if (info) {
        this.readValue(info.key, pair)
        continue
      }
      const names = own.map((info) => info.name)
      const hint = didYouMean(name, names) || `; the keys of ${section} are ${names.join(', ')}`
      this.fault(`${section}.${name}`, offset, `unknown key${hint}`)
    }
  }

  private readValue(key: string, pair: Pair): void {
    const offset = offsetOf(pair)
    try {
      this.values.set(key, { value: this.plain(pair.value), where: this.at(offset) })
    } catch (error) {
      // An alias without its anchor, or one that expands without end.
      this.fault(key, offset, `not valid YAML: ${(error as Error).message}`)
    }
  }

  private resolve(node: unknown): unknown {
    return isAliasOf(node) ? node.resolve(this.document) : node
  }

  private plain(node: unknown): unknown {
    const value = this.resolve(node)
    if (value === null || value === undefined) return null
    if (isScalar(value)) return value.value
    return (value as YAMLMap).toJS(this.document)
  }
}

function isAliasOf(node: unknown): node is { resolve(document: Document): unknown } {
  return typeof node === 'object' && node !== null && 'resolve' in node && typeof node.resolve === 'function'
}

function nameOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
}

function offsetOf(pair: Pair): number | undefined {
  return isScalar(pair.key) ? pair.key.range?.[0] : undefined
}

/** Explains a key that stands without its section: `port: 3000` at the top. */
function sectionHint(name: string): string {
  const owners = keys.filter((info) => info.name === name).map((info) => info.key)
  return owners.length === 0
    ? `; the sections are ${Object.keys(sections).join(', ')}`
    : `; did you mean ${owners.join(' or ')}?`
}

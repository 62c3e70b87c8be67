import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Finds words in the files of a folder, in any case and in one or two bytes a character. @returns `word in file` */
export function findInFiles(dir: string, words: readonly string[]): string[] {
  const found: string[] = []
  for (const name of readdirSync(dir, { recursive: true }).map(String)) {
    const path = join(dir, name)
    if (!statSync(path).isFile()) continue
    const bytes = readFileSync(path)
    const content = bytes.toString('latin1').toLowerCase()
    for (const word of words) {
      const forms = [Buffer.from(word), Buffer.from(word, 'utf16le')]
      if (forms.some((form) => content.includes(form.toString('latin1').toLowerCase())))
        found.push(`${word} in ${name}`)
    }
  }
  return found
}

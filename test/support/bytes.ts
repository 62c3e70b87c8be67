import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Which of the words stand in which files of a folder, as text of one or two bytes a character, in any case. */
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

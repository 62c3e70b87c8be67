/** A comfortable length of one message on a phone. */
const comfortable = 420
const maxParts = 3

/** Splits a text into at most three messages, at the ends of paragraphs or sentences. A short one stays whole. */
export function splitAnswer(text: string): string[] {
  if (text.length <= comfortable) return [text]
  const size = Math.max(comfortable, Math.ceil(text.length / maxParts))
  const parts: string[] = []
  let rest = text
  while (parts.length < maxParts - 1 && rest.length > size) {
    const at = cutAt(rest, size)
    if (at === undefined) break
    parts.push(rest.slice(0, at).trim())
    rest = rest.slice(at).trim()
  }
  return [...parts, rest].filter((part) => part !== '')
}

/** Returns the position after the last sentence that ends within `size`, or else the first one beyond it. */
function cutAt(text: string, size: number): number | undefined {
  const ends = [...text.matchAll(/(?:[.!?…]["”»)]?(?=\s+[\p{Lu}¿¡*\d"“]|\s*\n)|\n\n)/gu)].map(
    (match) => match.index + match[0].length,
  )
  return ends.findLast((end) => end <= size) ?? ends.find((end) => end > size && end < text.length)
}

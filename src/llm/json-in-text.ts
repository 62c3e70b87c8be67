/** A JSON value and where it begins in the text. */
export interface FoundValue {
  start: number
  value: unknown
}

/** The maximum number of brackets tried as the start of a value. */
const maxTries = 60
/** The maximum nesting depth. */
const maxDepth = 20

/** Finds the outermost JSON objects and lists in a text of at most some thousand characters, in order. */
export function valuesIn(text: string): FoundValue[] {
  const found: FoundValue[] = []
  let tries = 0
  for (let at = 0; at < text.length && tries < maxTries; at++) {
    if (text[at] !== '{' && text[at] !== '[') continue
    tries += 1
    const piece = balanced(text, at)
    const value = piece === undefined ? undefined : parsed(piece.json)
    if (piece === undefined || value === undefined) continue
    found.push({ start: at, value })
    at = piece.end - 1
  }
  return found
}

/** Cuts from a bracket to its closing one; adds missing closing brackets at the end. */
function balanced(text: string, start: number): { json: string; end: number } | undefined {
  const open: string[] = []
  let quoted = false
  for (let at = start; at < text.length && open.length <= maxDepth; at++) {
    const sign = text[at]
    if (quoted) {
      if (sign === '\\') at += 1
      else if (sign === '"') quoted = false
    } else if (sign === '"') quoted = true
    else if (sign === '{') open.push('}')
    else if (sign === '[') open.push(']')
    else if (sign === '}' || sign === ']') {
      if (open.pop() !== sign) return undefined
      if (open.length === 0) return { json: text.slice(start, at + 1), end: at + 1 }
    } else if (sign === '<' || sign === '`') return closed(text, { start, at, open })
  }
  return quoted || open.length > maxDepth ? undefined : closed(text, { start, at: text.length, open })
}

function closed(
  text: string,
  { start, at, open }: { start: number; at: number; open: readonly string[] },
): { json: string; end: number } {
  return { json: text.slice(start, at).trim() + open.toReversed().join(''), end: at }
}

/** Parses an object or list, also in Python's notation. Undefined if it is neither. */
function parsed(json: string): unknown {
  for (const form of [json, fromPython(json)]) {
    try {
      const value: unknown = JSON.parse(form)
      if (typeof value === 'object' && value !== null) return value
    } catch {
      // The other notation may fit.
    }
  }
  return undefined
}

function fromPython(text: string): string {
  return text
    .replaceAll("'", '"')
    .replaceAll(/\bNone\b/g, 'null')
    .replaceAll(/\bTrue\b/g, 'true')
    .replaceAll(/\bFalse\b/g, 'false')
}

/** Tells whether the text between a tool's name and its arguments is only punctuation and format keywords. */
export function isGlue(glue: string): boolean {
  return glue
    .replaceAll(/<[^<>]{0,60}>/g, '')
    .replaceAll(
      /\b(?:action|tool|input|arguments?|parameters|args|params|json|call|with|sep|begin)\b|tool▁?sep/gi,
      '',
    )
    .split('')
    .every((sign) => /[^\p{L}]/u.test(sign))
}

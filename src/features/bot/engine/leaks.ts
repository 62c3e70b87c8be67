import { botTools } from '../rules/bot-tools.ts'
import { decomposed } from '../../../util/text.ts'
import { examined, wordsOf } from './text.ts'

/** Holds texts and values that must never be sent, however disguised. */
export interface Confidential {
  /** Random markers of this prompt: its canary and its fence's tag. */
  markers: readonly string[]
  /** Texts that may not be repeated for this many words in a row. */
  texts: readonly { text: string; run: number }[]
  /** Secret values, such as the model's key. */
  secrets: readonly string[]
}

const telltale =
  /<[|｜][\w▁]+[|｜]>|\[\/?(?:inst|tool_calls|tool_results|args|think)\]|<\/?(?:system|assistant|think|thinking|tool_calls?|function_calls?|invoke|tool_response)\b|<(?:function|parameter)=|<<\/?data\b|\baction input\s?:|```tool_code|\b(?:system prompt|prompt del sistema|prompt do sistema|my (?:system )?instructions (?:are|say)|mis instrucciones (?:son|dicen)|minhas instrucoes (?:sao|dizem))\b|"(?:tool_calls|function_call|arguments|parameters|tool_name|action_input)"\s*:/i
/** Names of tools, words that people do not use. */
const toolNames = new RegExp(String.raw`\b(?:${Object.keys(botTools).join('|')})\b`)

/** Tells whether a text reveals the prompt: its markers, also backwards, spaced or in base64, or its wording. */
export function leaks(draft: string, { markers, texts }: Confidential): boolean {
  const text = examined(draft)
  if (telltale.test(decomposed(text).replaceAll(/\p{M}/gu, ''))) return true
  if (toolNames.test(text) || isData(text)) return true
  const bare = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
  const decoded = (text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? [])
    .map((piece) => Buffer.from(piece, 'base64').toString('latin1').toLowerCase())
    .join(' ')
  for (const marker of markers) {
    const plain = marker.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
    const backwards = plain.split('').toReversed().join('')
    if (bare.includes(plain) || bare.includes(backwards) || decoded.includes(plain)) return true
  }
  const words = wordsOf(text)
  return texts.some((own) => sharesRun(words, wordsOf(own.text), own.run))
}

/** Tells whether a draft is a JSON object or list, meant for a program. */
function isData(text: string): boolean {
  const bare = text.replaceAll('`', '').trim()
  if (!/^[{[]/.test(bare)) return false
  try {
    JSON.parse(bare)
    return true
  } catch {
    return false
  }
}

function sharesRun(words: readonly string[], own: readonly string[], run: number): boolean {
  if (words.length < run || own.length < run) return false
  const runs = new Set(
    Array.from({ length: own.length - run + 1 }, (_, at) => own.slice(at, at + run).join(' ')),
  )
  return words.some((_, at) => runs.has(words.slice(at, at + run).join(' ')))
}

const secretForms: readonly RegExp[] = [
  /\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{16,}/,
  /\bbsk_(?:live|test)_[A-Za-z0-9]{8,}/,
  /\bwhsec_[A-Za-z0-9+/=]{16,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bxox[abps]-[A-Za-z0-9-]{10,}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{6,}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bBearer\s+[A-Za-z0-9._-]{16,}/,
  /\b(?=[a-f0-9]*\d)(?=[a-f0-9]*[a-f])[a-f0-9]{32,}\b/i,
]

/** Tells whether a text contains anything like a key, or one of the secret values. */
export function showsSecret(draft: string, { secrets }: Confidential): boolean {
  const text = examined(draft)
  const bare = text.replaceAll(/[\s\u200b\u2060\ufeff]/g, '')
  return (
    secretForms.some((form) => form.test(text)) ||
    secrets.some((secret) => secret.length >= 8 && bare.includes(secret.replaceAll(/\s/g, '')))
  )
}

import { readUsername } from '../../core/username.ts'

/** Fields and path parameters that name a recipient, a chat or a person. */
const addresses = new Set(['to', 'jid', 'mentions'])
/** A request names no more recipients. */
const maxNames = 1000

/** Lists the usernames that a request names people by, each once: its body, query and path are not checked yet. */
export function askedUsernames(parts: readonly unknown[]): string[] {
  const names = parts.flatMap((part) =>
    typeof part === 'object' && part !== null
      ? Object.entries(part).flatMap(([field, value]: [string, unknown]) =>
          addresses.has(field) ? namesIn(value) : [],
        )
      : [],
  )
  return [...new Set(names)]
}

function namesIn(value: unknown): string[] {
  const written: unknown[] = Array.isArray(value) ? value.slice(0, maxNames) : [value]
  return written.flatMap((each) =>
    typeof each === 'string' && each.startsWith('@') ? (readUsername(each) ?? []) : [],
  )
}

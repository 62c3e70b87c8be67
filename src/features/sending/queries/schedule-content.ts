import type { NewBody, NewContent, WordlessKind } from '../../messages/outgoing.ts'

/** Holds a content as a row does: the fields of its body stand beside the rest, and their key names the kind. */
type StoredContent = Omit<NewContent, 'body'> & { [key: string]: unknown }

/** Keys under which a row holds the content in place of a text. */
const keys = { location: 'place', contact: 'contact', poll: 'poll' } as const satisfies Record<
  WordlessKind,
  string
>

/** Writes a schedule's content besides its text as the text of its column. */
export function writeContent(content: NewContent | null): string | null {
  if (content === null) return null
  const { body, ...rest } = content
  const { kind: _, ...said } = body
  return JSON.stringify({ ...rest, ...said })
}

/** Reads what `writeContent` wrote, in rows of every age. */
export function readContent(column: string | null): NewContent | null {
  if (column === null) return null
  const { replyTo, mentions, forwarded, ...said } = JSON.parse(column) as StoredContent
  const [kind] = Object.entries(keys).find(([, key]) => said[key] !== undefined) ?? ['text']
  return { body: { kind, ...said } as NewBody, replyTo, mentions, forwarded }
}

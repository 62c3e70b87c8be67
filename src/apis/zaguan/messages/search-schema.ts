import { presentUsername, usernameField } from '../../shared/username.ts'
import { z } from 'zod'
import type { MessageKind } from '../../../features/messages/message.ts'
import type { TextMatch, SearchHit, SearchCursor } from '../../../features/messages/search/search-terms.ts'
import {
  SenderShape,
  directions,
  presentSender,
  presentStanding,
  standingFields,
} from '../../shared/messages.ts'
import { countParam, jidParam, timeParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'

const maxQueryLength = 200
/** The length of the excerpt before the first match, in UTF-16 units. */
const excerptBefore = 60
const excerptLength = 200

const expectedCursor = 'expected the nextCursor of an earlier answer'

const cursor = z
  .string()
  .max(40, expectedCursor)
  .transform((text, ctx): SearchCursor => {
    const [, second, id] = /^(\d{1,10})-(\d{1,10})$/.exec(text) ?? []
    if (second !== undefined && id !== undefined) return { second: Number(second), id: Number(id) }
    ctx.addIssue({ code: 'custom', message: expectedCursor })
    return z.NEVER
  })
  .optional()
  .meta({ description: 'The nextCursor of the previous page', type: 'string', example: '1774447200-1003' })

/** The query of a search. */
export const SearchQuery = z.strictObject({
  q: z.string({ error: 'expected text to search for' }).min(1).max(maxQueryLength).meta({
    description:
      'Words that must all occur, ignoring case and accents; "in quotes" for a phrase. The last word may be incomplete.',
    example: 'turno maña',
  }),
  jid: jidParam().optional(),
  direction: z.enum(directions).optional(),
  kind: z
    .string()
    .regex(/^[a-z][a-z_]{0,30}$/, 'expected a kind of message such as text or image')
    .transform((kind) => kind as MessageKind)
    .optional()
    .meta({ type: 'string', description: 'Kind of message', example: 'text' }),
  from: timeParam('From this time on'),
  to: timeParam('Before this moment'),
  limit: countParam({ description: 'Messages per page', default: 20, min: 1, clampTo: 100 }),
  cursor,
})
/** Holds the parsed query of a search. */
export type SearchQuery = z.output<typeof SearchQuery>

export const SearchAnswer = z
  .object({
    results: z.array(
      z.object({
        id: z.int(),
        jid: z.string(),
        chatName: z.string(),
        username: usernameField,
        kind: z.string(),
        direction: z.enum(directions),
        timestamp: z.string(),
        text: z.string(),
        ...standingFields,
        sender: SenderShape,
        excerpt: z.string().meta({
          description: 'The text around the first match, as safe HTML with the matches in <mark>',
        }),
        highlights: z
          .array(z.object({ start: z.int(), end: z.int() }))
          .meta({ description: 'The positions of the matches in the text, in UTF-16 units' }),
      }),
    ),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Use it as `cursor` of the next call; null at the end' }),
  })
  .meta({ id: 'SearchAnswer' })

/** Reads the query in the service's terms. */
export function readSearchQuery(query: SearchQuery) {
  const { q, jid, direction, kind, from, to, limit } = query
  return {
    typed: q,
    chat: jid ?? null,
    direction: direction ?? null,
    kind: kind ?? null,
    from: from ?? null,
    to: to ?? null,
    after: query.cursor ?? null,
    limit,
  }
}

/** Shows hits with excerpts. */
export function presentFound(found: {
  hits: readonly SearchHit[]
  next: SearchCursor | null
}): z.input<typeof SearchAnswer> {
  const results = found.hits.map(({ message, chatName, marks }) => ({
    id: message.id,
    jid: message.chatJid,
    chatName,
    ...presentUsername(message.chatUsername),
    kind: message.kind,
    direction: message.direction,
    timestamp: iso(message.sentAt),
    text: message.text,
    ...presentStanding(message),
    ...presentSender(message),
    excerpt: excerptOf(message.text, marks),
    highlights: marks.map(({ start, end }) => ({ start, end })),
  }))
  return { results, nextCursor: found.next && `${found.next.second}-${found.next.id}` }
}

/** Cuts an excerpt; the beginning if nothing is marked, since the match may lie beyond the examined part. */
function excerptOf(text: string, marks: readonly TextMatch[]): string {
  const from = Math.max(0, (marks[0]?.start ?? 0) - excerptBefore)
  const to = from + excerptLength
  let html = from > 0 ? '…' : ''
  let at = from
  for (const { start, end } of marks) {
    if (end > to) break
    html += `${escapeHtml(text.slice(at, start))}<mark>${escapeHtml(text.slice(start, end))}</mark>`
    at = end
  }
  return html + escapeHtml(text.slice(at, to)) + (to < text.length ? '…' : '')
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  // A cut can leave half a surrogate pair.
  return text.toWellFormed().replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}

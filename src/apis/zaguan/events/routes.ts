import type { AccountId } from '../../../core/ids.ts'
import type { Caller } from '../../../core/caller.ts'
import { AppError } from '../../../core/errors.ts'
import type { EventFacts } from '../../../features/webhooks/event-facts.ts'
import { presentBotssyEvent } from '../../shared/events/camel-case-data.ts'
import type { MediaUrl } from '../../../features/media/media.ts'
import { EventsQuery, LoggedEvents, StreamQuery } from './schema.ts'
import { seesContent, withoutContent } from '../../shared/without-content.ts'
import { StreamAnswer } from '../../../http/answers/stream-answer.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { EventLog } from '../../../features/webhooks/event-log.ts'
import type { MediaLibrary } from '../../../features/media/media-library.ts'

const tag = 'Events'

/** Returns the routes of the event log, for clients that poll or have to fill a gap. */
export function eventRoutes({ events, media }: { events: EventLog; media: MediaLibrary }): Route[] {
  const presentFor = (caller: Caller) => (facts: EventFacts) =>
    presentLogged(facts, media.urlOf, seesContent(caller))
  return [
    route({
      method: 'get',
      path: '/api/v1/events',
      id: 'events.list',
      summary: 'Read the event log',
      description:
        'In order, after the event with the number `after`; 400 if no event has that number, for instance after restoring a ' +
        'backup. Numbers have no gaps. Texts and files need the scope ' +
        '`read:messages`.',
      tag,
      scope: 'read:webhooks',
      query: EventsQuery,
      response: LoggedEvents,
      examples: { response: example },
    }).handle(async ({ query, caller }) => {
      const found = await events.list(caller.accountId, query)
      if (query.after > found.newest) throw noPosition('query.after', found.newest)
      const last = found.events.at(-1)?.event.seq ?? query.after
      return { data: found.events.map(presentFor(caller)), nextAfter: last, hasMore: last < found.newest }
    }),
    route({
      method: 'get',
      path: '/api/v1/events/stream',
      id: 'events.stream',
      summary: 'Follow the event log as server-sent events',
      description:
        'Each event has its number as `id`; a client that reconnects with `Last-Event-ID` continues after it, and gets 400 if no ' +
        'event has that number, for instance after restoring a backup. A comment ' +
        'every 15 seconds keeps the stream alive. Texts and files need the scope `read:messages`. A stream ends when its key ' +
        'may no longer read it; a key can have 5 of them, an account 20.',
      tag,
      scope: 'read:webhooks',
      query: StreamQuery,
      raw: 'text/event-stream',
      examples: { raw: streamed(exampleEvent) },
    }).handle(async ({ query, caller, lastEventId }) => {
      const newest = await events.newest(caller.accountId)
      const [field, position] =
        lastEventId === undefined
          ? (['query.after', query.after] as const)
          : (['Last-Event-ID', readPosition(lastEventId)] as const)
      if (lastEventId !== undefined && position === undefined) throw noPosition(field, newest)
      const after = position ?? newest
      if (after > newest) throw noPosition(field, newest)
      return new StreamAnswer('text/event-stream; charset=utf-8', ({ signal }) =>
        serverSentEvents({ events, present: presentFor(caller) }, caller.accountId, { after, signal }),
      )
    }),
  ]
}

const streamPage = 50

/** Yields the log as server-sent events. */
async function* serverSentEvents(
  { events, present }: { events: EventLog; present: Present },
  accountId: AccountId,
  { after, signal }: { after: number; signal: AbortSignal },
): AsyncGenerator<string> {
  yield 'retry: 3000\n\n'
  for await (const page of events.follow(accountId, { after, limit: streamPage, signal })) {
    yield page.length === 0 ? ': still here\n\n' : page.map((facts) => streamed(present(facts))).join('')
  }
}

function streamed(logged: ReturnType<Present>): string {
  return `id: ${logged.seq}\nevent: ${logged.event}\ndata: ${JSON.stringify(logged)}\n\n`
}

function readPosition(lastEventId: string): number | undefined {
  return /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined
}

/**
 * Refuses a position beyond the newest event, whose client would miss everything until the log has grown that far.
 */
function noPosition(field: string, newest: number): AppError {
  const message = `expected the number of an event, at most ${newest}: this position does not exist`
  const advice = 'Begin at 0, or leave the position out to begin with the next event.'
  return new AppError('invalid_request', `${field.replace('query.', '')}: ${message}. ${advice}`, {
    details: [{ field, message }],
  })
}

type Present = (facts: EventFacts) => ReturnType<typeof presentLogged>

function presentLogged(facts: EventFacts, urlOf: MediaUrl, content: boolean) {
  const { event, timestamp, data } = presentBotssyEvent({ ...facts, urlOf })
  const shown = content ? data : withoutContent(event, data)
  return { id: facts.event.id, seq: facts.event.seq, event, timestamp, data: { ...shown } }
}

const exampleEvent = {
  id: 'evt_01JQ6Z5V8G3M4N5P6Q7R8S9T0V',
  seq: 42,
  event: 'message.received',
  timestamp: 1711353600000,
  data: {
    id: 1001,
    conversationId: 123,
    role: 'user',
    content: 'Hola, necesito ayuda',
    timestamp: '2026-03-25T10:05:00Z',
    mediaId: null,
  },
}

const example = { data: [exampleEvent], nextAfter: 42, hasMore: false }

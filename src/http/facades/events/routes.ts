import type { Caller } from '../../../domain/caller.ts'
import type { EventFacts } from '../../../domain/event-facts.ts'
import { presentBotssyEvent } from '../../../wire/botssy/events.ts'
import type { MediaUrl } from '../../../wire/shared/media.ts'
import { EventsQuery, LoggedEvents, StreamQuery } from '../../../wire/shared/events.ts'
import { seesContent, withoutContent } from '../../../wire/shared/without-content.ts'
import { StreamAnswer } from '../../stream-answer.ts'
import { route } from '../../route.ts'
import type { Route } from '../../route.ts'
import type { HttpServices } from '../../services.ts'

const tag = 'Events'

/** The event log, for those who would rather ask than be told, or who must fill a gap. */
export function eventRoutes({ events, media }: Pick<HttpServices, 'events' | 'media'>): Route[] {
  const presentFor = (caller: Caller) => (facts: EventFacts) =>
    presentLogged(facts, media.urlOf, seesContent(caller))
  return [
    route({
      method: 'get',
      path: '/api/v1/events',
      id: 'events.list',
      summary: 'Read the event log',
      description:
        'In order, after the event with the number `after`. Numbers have no gaps. Texts and files are there with the scope ' +
        '`read:messages`.',
      tag,
      scope: 'read:webhooks',
      query: EventsQuery,
      response: LoggedEvents,
      examples: { response: example },
    }).handle(async ({ query, caller }) => {
      const found = await events.list(caller.accountId, query)
      const last = found.events.at(-1)?.event.seq ?? query.after
      return { data: found.events.map(presentFor(caller)), nextAfter: last, hasMore: last < found.newest }
    }),
    route({
      method: 'get',
      path: '/api/v1/events/stream',
      id: 'events.stream',
      summary: 'Follow the event log as server-sent events',
      description:
        'Each event has its number as `id`; a client that comes back with `Last-Event-ID` goes on after it. A comment ' +
        'every 15 seconds is a sign of life. Texts and files are there with the scope `read:messages`. A stream ends when its key ' +
        'may no longer read it; a key can have 5 of them, an account 20.',
      tag,
      scope: 'read:webhooks',
      query: StreamQuery,
      response: LoggedEvents,
      raw: 'text/event-stream',
      examples: { response: example },
    }).handle(
      ({ query, caller }) =>
        new StreamAnswer('text/event-stream; charset=utf-8', ({ lastEventId, signal }) =>
          serverSentEvents({ events, present: presentFor(caller) }, caller.accountId, {
            after: readPosition(lastEventId) ?? query.after,
            signal,
          }),
        ),
    ),
  ]
}

const streamPage = 50

/** The log as the lines of an event stream. */
async function* serverSentEvents(
  { events, present }: { events: HttpServices['events']; present: Present },
  accountId: number,
  from: { after: number | undefined; signal: AbortSignal },
): AsyncGenerator<string> {
  const { signal } = from
  const after = from.after ?? (await events.newest(accountId))
  yield 'retry: 3000\n\n'
  for await (const page of events.follow(accountId, { after, limit: streamPage, signal })) {
    yield page.length === 0 ? ': still here\n\n' : page.map((facts) => streamed(present(facts))).join('')
  }
}

function streamed(logged: ReturnType<Present>): string {
  return `id: ${logged.seq}\nevent: ${logged.event}\ndata: ${JSON.stringify(logged)}\n\n`
}

function readPosition(lastEventId: string | undefined): number | undefined {
  return lastEventId !== undefined && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined
}

type Present = (facts: EventFacts) => ReturnType<typeof presentLogged>

function presentLogged(facts: EventFacts, urlOf: MediaUrl, content: boolean) {
  const { event, timestamp, data } = presentBotssyEvent({ ...facts, urlOf })
  const shown = content ? data : withoutContent(event, data)
  return { id: facts.event.id, seq: facts.event.seq, event, timestamp, data: { ...shown } }
}

const example = {
  data: [
    {
      id: 'evt_01JQ6Z5V8G3M4N5P6Q7R8S9T0V',
      seq: 42,
      event: 'message.received',
      timestamp: 1711353600000,
      data: {
        id: 1001,
        conversationId: 123,
        role: 'user',
        content: 'Hola, necesito ayuda',
        timestamp: '2026-03-25T10:05:00.000Z',
        mediaId: null,
      },
    },
  ],
  nextAfter: 42,
  hasMore: false,
}

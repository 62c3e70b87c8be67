import type { EventFacts } from '../domain/event-facts.ts'
import type { WebhookFormat } from '../domain/webhook.ts'
import { presentBotbizEvent } from '../wire/botbiz/events.ts'
import { presentBotssyEvent, presentEventData } from '../wire/botssy/events.ts'
import type { MediaUrl } from '../wire/shared/media.ts'
import { iso } from '../wire/shared/times.ts'

const bodies: Record<WebhookFormat, (facts: EventFacts) => object> = {
  botssy: presentBotssyEvent,
  botbiz: presentBotbizEvent,
  standard: (facts) => ({
    type: facts.event.name,
    timestamp: iso(facts.event.createdAt),
    data: { accountId: facts.event.accountId, ...presentEventData(facts) },
  }),
}

/** The body of an event in one format. It is made once: what is stored is what is signed and sent. */
export function makeBody(format: WebhookFormat, facts: EventFacts, urlOf?: MediaUrl): string {
  return JSON.stringify(bodies[format]({ ...facts, urlOf }))
}

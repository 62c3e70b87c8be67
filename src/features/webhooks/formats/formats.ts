import type { EventFacts } from '../../events/event-facts.ts'
import type { WebhookFormat } from '../webhook.ts'
import { presentBotbizEvent } from '../../../apis/botbiz/webhook-body.ts'
import { presentBotssyEvent, presentEventData } from '../../../apis/botssy/webhook-body.ts'
import type { MediaUrl } from '../../../apis/shared/media.ts'
import { iso } from '../../../apis/shared/times.ts'
import { withoutContent } from '../../../apis/shared/without-content.ts'

const bodies: Record<WebhookFormat, (facts: EventFacts) => object> = {
  botssy: presentBotssyEvent,
  botbiz: presentBotbizEvent,
  standard: (facts) => ({
    type: facts.event.name,
    timestamp: iso(facts.event.createdAt),
    data: { accountId: facts.event.accountId, ...presentEventData(facts) },
  }),
}

/** Builds the body of an event in one format, once: the stored text is the signed and sent one. */
export function makeBody(format: WebhookFormat, facts: EventFacts, urlOf?: MediaUrl): string {
  return JSON.stringify(bodies[format]({ ...facts, urlOf }))
}

/** Removes content from a body for an endpoint that may not see what people wrote. */
export function bodyWithoutContent(body: string): string {
  const whole = JSON.parse(body) as { event?: string; type?: string; data: object }
  const name = (whole.event ?? whole.type ?? '').replace(/^whatsapp\./, '')
  return JSON.stringify({ ...whole, data: withoutContent(name, whole.data) })
}

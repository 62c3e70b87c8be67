import type { WebhookFormat } from '../features/webhooks/format.ts'
import type { WebhookDocument } from '../http/openapi/openapi-webhooks.ts'
import type { Route } from '../http/route.ts'
import type { Tags } from '../http/tag-rules.ts'
import type { Clock } from '../util/clock.ts'
import type { UrlSigner } from '../util/signed-url.ts'

/** Holds the parts of a gateway that an API's routes use besides the product's services. */
export interface GatewayParts {
  /** The gateway's version, such as `0.1.0`. */
  version: string
  clock: Clock
  /** Rejects while the database does not work. */
  checkDatabase: () => Promise<void>
  /** Signs addresses that work for a while without a key. */
  urls: UrlSigner
  /** Returns the address at which clients reach the server, without a slash at its end. */
  baseUrl: () => string
}

/**
 * Everything that the gateway knows of one API. `src/daemon/apis.ts` lists the facades; server, document and webhooks are made of
 * that list.
 */
export interface ApiFacade<Services> {
  name: string
  /** The rules of the routes, by their tag. A tag belongs to one facade; others may use it. */
  tags: Tags
  /** Returns the routes. Nothing is asked of a service before the first request. */
  routes(services: Services, parts: GatewayParts): Route[]
  /** The API's format of events, with its description for the document; undefined: it has no format of its own. */
  webhooks?: { format: WebhookFormat; document: WebhookDocument }
}

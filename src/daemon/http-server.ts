import type { AccountId } from '../core/ids.ts'
import { systemClock } from '../util/clock.ts'
import type { Clock } from '../util/clock.ts'
import { oncePerTick } from '../util/once-per-tick.ts'
import { VersionedCache } from '../util/versioned-cache.ts'
import type { Logger } from '../util/logger.ts'
import { baseUrlFor } from '../http/requests/base-url.ts'
import { botbizRoutes } from '../apis/botbiz/routes.ts'
import { assistantRoutes } from '../apis/zaguan/bot/turns-routes.ts'
import { botonRoutes } from '../apis/boton/routes.ts'
import { linkingRoutes } from '../apis/botbiz/linking/routes.ts'
import { qrCodeRoute } from '../apis/botbiz/linking/qr-code-route.ts'
import { botRoutes } from '../apis/botssy/bots/routes.ts'
import { conversationRoutes } from '../apis/botssy/conversations/routes.ts'
import { customerRoutes } from '../apis/botssy/customers/routes.ts'
import { keyRoutes } from '../apis/botssy/keys/routes.ts'
import { eventRoutes } from '../apis/zaguan/events/routes.ts'
import { auditRoutes } from '../apis/zaguan/audit/routes.ts'
import { roomRoutes } from '../apis/zaguan/chats/groups-routes.ts'
import { mediaRoutes } from '../apis/zaguan/messages/media-routes.ts'
import { sendingRoutes } from '../apis/zaguan/sending/outbox-routes.ts'
import { sharedRoutes } from '../apis/zaguan/status/routes.ts'
import { testAccountRoute } from '../apis/zaguan/status/test-account-route.ts'
import { webhookRoutes } from '../apis/zaguan/webhooks/routes.ts'
import { Failures } from '../http/answers/failures.ts'
import { metricsRoute } from '../apis/zaguan/status/metrics-route.ts'
import { describe } from '../http/openapi/openapi.ts'
import type { RememberedAnswers } from '../http/mount.ts'
import type { Route } from '../http/route.ts'
import { HttpServer } from '../http/server.ts'
import type { HttpOptions } from '../http/server.ts'
import type { HttpServices } from '../apis/shared/http-services.ts'
import { makeUrlSigner } from '../util/signed-url.ts'
import type { UrlSigner } from '../util/signed-url.ts'
import { swaggerRoutes } from '../http/openapi/swagger-ui.ts'
import { documentRoutes, healthRoutes } from '../apis/zaguan/status/system-routes.ts'

/** How the gateway's HTTP server is set up. */
export interface GatewayHttpOptions extends HttpOptions {
  /** How clients reach the server from outside; null if not configured. */
  publicUrl: string | null
  version: string
  /** Signs short-lived addresses: 32 random bytes, which must stay the same for as long as these are valid. */
  urlSecret: string
  /** Rejects if the database does not work. */
  database: () => Promise<void>
  /** Returns a number that grows with every write; without it no answer is cached. */
  dataVersion?: () => number
  clock?: Clock
}

/** The maximum bytes of cached answers: some thousand pages of lists. */
const maxRemembered = 8_000_000
/** Addresses of files in a cached answer are valid for a day. */
const rememberedMs = 60 * 60_000

/** Creates the HTTP server with every API of the gateway. */
export function makeHttpServer(options: GatewayHttpOptions, services: HttpServices, log: Logger): HttpServer {
  const { publicUrl, version, urlSecret, database, dataVersion = () => NaN, clock = systemClock } = options
  const urls = makeUrlSigner(urlSecret, clock)
  const baseUrl = (): string => baseUrlOf(server, { publicUrl })
  const described = gatewayRoutes(services, { version, database, clock, urls, baseUrl })
  const routes = [...described, ...documentRoutes(described, { version, publicUrl }), ...swaggerRoutes()]
  const { accounts, apiKeys, countries, idempotency, limits } = services
  const answers = rememberedAnswers(dataVersion, clock)
  const countryOf = (accountId: AccountId) => countries.of(accountId)
  const kept = { failures: new Failures(clock), clock, answers }
  const gate = { accounts, apiKeys, idempotency, limits, urls, countryOf, ...kept }
  const server: HttpServer = new HttpServer(options, routes, gate, log)
  apiKeys.onChange?.(() => server.recheckStreams())
  return server
}

/** @param dataVersion returns a number that only grows */
function rememberedAnswers(dataVersion: () => number, clock: Clock): RememberedAnswers {
  const limits = { most: maxRemembered, sizeOf: ({ length }: Uint8Array) => length }
  const hour = () => Math.floor(clock.now().getTime() / rememberedMs)
  let turns = 0
  const turn = oncePerTick(() => ++turns)
  return {
    ofRows: new VersionedCache(() => dataVersion() + hour() * 2 ** 32, limits),
    ofTurn: new VersionedCache(() => dataVersion() + turn(), limits),
  }
}

/** Writes the OpenAPI document of a gateway of this version, without running one. */
export function gatewayDocument(version: string): Promise<string> {
  return describe(declaredRoutes(version), { version, publicUrl: null })
}

/** Returns every route as declared, without services: none is used before a request comes. */
export function declaredRoutes(version: string): Route[] {
  const parts = {
    clock: systemClock,
    urls: makeUrlSigner('', systemClock),
    baseUrl: () => '',
  }
  return gatewayRoutes(nobody, { ...parts, version, database: () => Promise.resolve() })
}

/** Placeholder services for printing the document; any property is itself. */
const nobody = new Proxy({} as HttpServices, { get: () => nobody })

interface RouteParts {
  version: string
  database: () => Promise<void>
  clock: Clock
  urls: UrlSigner
  baseUrl: () => string
}

/** Returns every route that the document describes. */
function gatewayRoutes(services: HttpServices, parts: RouteParts): Route[] {
  const { version, database, clock, urls, baseUrl } = parts
  return [
    ...sharedRoutes(services, { version, clock }),
    ...roomRoutes(services),
    ...sendingRoutes(services),
    ...botonRoutes(services),
    ...conversationRoutes(services),
    ...customerRoutes(services),
    ...botRoutes(services),
    ...botbizRoutes(services, { baseUrl, urls }),
    qrCodeRoute(services),
    ...linkingRoutes(services),
    testAccountRoute(services),
    ...mediaRoutes(services),
    ...keyRoutes(services),
    ...auditRoutes(services),
    ...eventRoutes(services),
    ...webhookRoutes(services),
    ...assistantRoutes(services.assistant, { baseUrl }),
    metricsRoute(services),
    ...healthRoutes({ ...services, database }),
  ]
}

/** Returns how clients reach the server; see {@link baseUrlFor}. */
export function baseUrlOf(server: HttpServer, { publicUrl }: { publicUrl: string | null }): string {
  return baseUrlFor({ publicUrl, address: server.address })
}

import type { AccountId } from '../core/ids.ts'
import { systemClock } from '../util/clock.ts'
import type { Clock } from '../util/clock.ts'
import { oncePerTick } from '../util/once-per-tick.ts'
import { VersionedCache } from '../util/versioned-cache.ts'
import type { Logger } from '../util/logger.ts'
import type { BaseUrl } from '../http/requests/base-url.ts'
import { Failures } from '../http/answers/failures.ts'
import { describe } from '../http/openapi/openapi.ts'
import type { RememberedAnswers } from '../http/mount.ts'
import type { Route } from '../http/route.ts'
import { HttpServer } from '../http/server.ts'
import type { Address, HttpOptions } from '../http/server.ts'
import { makeUrlSigner } from '../util/signed-url.ts'
import type { UrlSigner } from '../util/signed-url.ts'
import type { GatewayParts } from '../apis/api-facade.ts'
import { apis, tags, webhookDocuments } from './apis.ts'
import type { Services } from './services.ts'
import { documentRoutes } from '../http/openapi/document-routes.ts'
import { rootRoute } from '../http/openapi/root-route.ts'
import { swaggerRoutes } from '../http/openapi/swagger-ui.ts'

/** Holds the settings of the gateway's HTTP server. */
export interface GatewayHttpOptions extends HttpOptions {
  /** The server's address for clients outside; null if not configured. */
  publicUrl: string | null
  /** Told where the server listens. */
  baseUrl: BaseUrl
  version: string
  /** Signs short-lived addresses. */
  urls: UrlSigner
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
export function makeHttpServer(options: GatewayHttpOptions, services: Services, log: Logger): HttpServer {
  const { publicUrl, version, urls, database, dataVersion = () => NaN, clock = systemClock } = options
  const baseUrl = () => options.baseUrl.get()
  const described = gatewayRoutes(services, { version, checkDatabase: database, clock, urls, baseUrl })
  const info = { version, publicUrl, tags, webhooks: webhookDocuments }
  const routes = [...described, rootRoute(baseUrl), ...documentRoutes(described, info), ...swaggerRoutes()]
  const { accounts, apiKeys, countries, usernames, idempotency, limits } = services
  const answers = rememberedAnswers(dataVersion, clock)
  const countryOf = (accountId: AccountId) => countries.of(accountId)
  const findUsernames = (accountId: AccountId, names: readonly string[]) => usernames.find(accountId, names)
  const kept = { failures: new Failures(clock), clock, answers }
  const gate = { accounts, apiKeys, idempotency, limits, urls, countryOf, findUsernames, tags, ...kept }
  const onListening = (address: Address) => options.baseUrl.listensAt(address)
  const server = new HttpServer({ ...options, onListening }, routes, gate, log)
  apiKeys.onChange(() => server.recheckStreams())
  return server
}

/** @param dataVersion returns a number that only grows */
function rememberedAnswers(dataVersion: () => number, clock: Clock): RememberedAnswers {
  const limits = { maxSize: maxRemembered, sizeOf: ({ length }: Uint8Array) => length }
  const hour = () => Math.floor(clock.now().getTime() / rememberedMs)
  let turns = 0
  const turn = oncePerTick(() => ++turns)
  return {
    untilWrite: new VersionedCache(() => dataVersion() + hour() * 2 ** 32, limits),
    sameTick: new VersionedCache(() => dataVersion() + turn(), limits),
  }
}

/** Writes the OpenAPI document of a gateway of this version, without running one. */
export function gatewayDocument(version: string): Promise<string> {
  return describe(declaredRoutes(version), { version, publicUrl: null, tags, webhooks: webhookDocuments })
}

/** Returns every route as declared, without services: none is used before a request comes. */
export function declaredRoutes(version: string): Route[] {
  return gatewayRoutes(placeholder, {
    version,
    clock: systemClock,
    urls: makeUrlSigner('', systemClock),
    baseUrl: () => '',
    checkDatabase: () => Promise.resolve(),
  })
}

/** Placeholder services for printing the document; any property is itself. */
const placeholder = new Proxy({} as Services, { get: () => placeholder })

/** Returns every route that the document describes. */
function gatewayRoutes(services: Services, parts: GatewayParts): Route[] {
  return apis.flatMap((api) => api.routes(services, parts))
}

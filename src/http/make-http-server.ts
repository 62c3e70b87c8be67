import type { AccountId } from '../core/account.ts'
import { systemClock } from '../util/clock.ts'
import type { Clock } from '../util/clock.ts'
import { onceATurn } from '../util/once-a-turn.ts'
import { UntilChanged } from '../util/until-changed.ts'
import type { Logger } from '../util/logger.ts'
import { baseUrlFor } from './base-url.ts'
import { botbizRoutes } from './facades/botbiz/routes.ts'
import { assistantRoutes } from './facades/bot/routes.ts'
import { botonRoutes } from './facades/boton/routes.ts'
import { linkingRoutes } from './facades/botbiz/linking.ts'
import { qrCodeRoute } from './facades/botbiz/qr-code.ts'
import { botRoutes } from './facades/botssy/bots.ts'
import { conversationRoutes } from './facades/botssy/conversations.ts'
import { customerRoutes } from './facades/botssy/customers.ts'
import { keyRoutes } from './facades/botssy/keys.ts'
import { eventRoutes } from './facades/events/routes.ts'
import { auditRoutes } from './facades/shared/audit.ts'
import { roomRoutes } from './facades/shared/rooms.ts'
import { mediaRoutes } from './facades/shared/media.ts'
import { sendingRoutes } from './facades/sending/routes.ts'
import { sharedRoutes } from './facades/shared/routes.ts'
import { testAccountRoute } from './facades/shared/test-account.ts'
import { webhookRoutes } from './facades/webhooks/routes.ts'
import { Failures } from './failures.ts'
import { metricsRoute } from './metrics.ts'
import { describe } from './openapi.ts'
import type { RememberedAnswers } from './mount.ts'
import type { Route } from './route.ts'
import { HttpServer } from './server.ts'
import type { HttpOptions } from './server.ts'
import type { HttpServices } from './services.ts'
import { makeUrlSigner } from '../util/signed-url.ts'
import type { UrlSigner } from '../util/signed-url.ts'
import { swaggerRoutes } from './swagger-ui.ts'
import { documentRoutes, healthRoutes } from './system-routes.ts'

export interface GatewayHttpOptions extends HttpOptions {
  /** How clients reach the server from outside; null where nobody said. */
  publicUrl: string | null
  version: string
  /** Signs short-lived addresses: 32 random bytes, kept for as long as those should stay valid. */
  urlSecret: string
  /** Rejects where the database does not work. */
  database: () => Promise<void>
  /** The same for as long as nothing is written, then a larger one; where it is left out, no answer is remembered. */
  dataVersion?: () => number
  clock?: Clock
}

/** Bytes of answers that are remembered: some thousand pages of lists. */
const mostRemembered = 8_000_000
/** Addresses of files in an answer are good for a day. */
const rememberedMs = 60 * 60_000

/** The HTTP server with every API of the gateway. */
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

/** @param dataVersion a number that only grows */
function rememberedAnswers(dataVersion: () => number, clock: Clock): RememberedAnswers {
  const limits = { most: mostRemembered, sizeOf: ({ length }: Uint8Array) => length }
  const hour = () => Math.floor(clock.now().getTime() / rememberedMs)
  let turns = 0
  const turn = onceATurn(() => ++turns)
  return {
    ofRows: new UntilChanged(() => dataVersion() + hour() * 2 ** 32, limits),
    ofTurn: new UntilChanged(() => dataVersion() + turn(), limits),
  }
}

/** The OpenAPI document of a gateway of this version, without one. */
export function gatewayDocument(version: string): Promise<string> {
  return describe(declaredRoutes(version), { version, publicUrl: null })
}

/** Every route as it is declared, with nothing behind it: nothing is asked of a service before a request comes. */
export function declaredRoutes(version: string): Route[] {
  const parts = {
    clock: systemClock,
    urls: makeUrlSigner('', systemClock),
    baseUrl: () => '',
  }
  return gatewayRoutes(nobody, { ...parts, version, database: () => Promise.resolve() })
}

/** Stands for services of which nothing is asked: whatever is taken out of it is the same again. */
const nobody = new Proxy({} as HttpServices, { get: () => nobody })

interface RouteParts {
  version: string
  database: () => Promise<void>
  clock: Clock
  urls: UrlSigner
  baseUrl: () => string
}

/** Every route that the document describes. */
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

/** How clients reach the server: see {@link baseUrlFor}. */
export function baseUrlOf(server: HttpServer, { publicUrl }: { publicUrl: string | null }): string {
  return baseUrlFor({ publicUrl, address: server.address })
}

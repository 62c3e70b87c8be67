import { systemClock } from '../util/clock.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { botonRoutes } from './facades/boton/routes.ts'
import { linkingRoutes } from './facades/botbiz/linking.ts'
import { qrCodeRoute } from './facades/botbiz/qr-code.ts'
import { sharedRoutes } from './facades/shared/routes.ts'
import { HttpServer } from './server.ts'
import type { HttpOptions } from './server.ts'
import type { HttpServices } from './services.ts'
import { makeUrlSigner } from './signed-url.ts'
import { documentRoutes, healthRoutes } from './system-routes.ts'

export interface GatewayHttpOptions extends HttpOptions {
  /** How clients reach the server from outside; null where nobody said. */
  publicUrl: string | null
  version: string
  /** Signs short-lived addresses: 32 random bytes, kept for as long as those should stay valid. */
  urlSecret: string
  /** Rejects where the database does not work. */
  database: () => Promise<void>
  clock?: Clock
}

/** The HTTP server with every API of the gateway. */
export function makeHttpServer(options: GatewayHttpOptions, services: HttpServices, log: Logger): HttpServer {
  const { publicUrl, version, urlSecret, database, clock = systemClock } = options
  const apis = [
    ...sharedRoutes(services, { version, clock }),
    ...botonRoutes(services),
    qrCodeRoute(services),
    ...linkingRoutes(services),
  ]
  const described = [...apis, ...healthRoutes({ ...services, database })]
  const routes = [...described, ...documentRoutes(described, { version, publicUrl })]
  const { apiKeys, idempotency } = services
  return new HttpServer(options, routes, { apiKeys, idempotency, urls: makeUrlSigner(urlSecret, clock) }, log)
}

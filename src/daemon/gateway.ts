import { mediaUrls } from '../apis/shared/media-urls.ts'
import type { Store } from '../db/store.ts'
import type { PersonalFiles } from '../features/contacts/traces.ts'
import type { QuotaLimits } from '../features/media/media-quotas.ts'
import type { MediaFiles } from '../features/media/files/media-files.ts'
import { Webhooks } from '../features/webhooks/webhooks.ts'
import type { WebhooksOptions } from '../features/webhooks/webhooks.ts'
import type { LineControl, Lines } from '../core/ports.ts'
import { BaseUrl } from '../http/requests/base-url.ts'
import type { HttpOptions, HttpServer } from '../http/server.ts'
import { DestinationPolicy } from '../net/destination.ts'
import { PublicFiles } from '../net/url-files.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { SecretBox } from '../util/secret-box.ts'
import { makeUrlSigner } from '../util/signed-url.ts'
import { webhookFormats } from './apis.ts'
import { makeHttpServer } from './http-server.ts'
import { makeServices } from './services.ts'
import type { Services } from './services.ts'
import type { AccountOptions, BotOptions, MessageOptions, SendingOptions } from './service-options.ts'

/** Holds the dependencies of a gateway. */
export interface GatewayDeps {
  store: Store
  files: MediaFiles
  secrets: SecretBox
  /** The files that hold personal data for the connection to WhatsApp; undefined without one. */
  sessions?: PersonalFiles
  lines: Lines
  /** Opens and closes the lines of accounts that come and go; optional. */
  lineControl?: LineControl
  /** Returns the age of the newest backup; optional. */
  backupAgeMs?: () => number | null
  clock: Clock
  log: Logger
  version: string
  settings: GatewaySettings
}

/** Holds the gateway's settings by subject, as in the configuration. */
export interface GatewaySettings {
  accounts: AccountOptions
  messages: MessageOptions
  media: MediaSettings
  sending: SendingOptions
  bot: BotOptions
  webhooks: WebhookSettings
  server: HttpOptions & { publicUrl: string | null }
}

/** Settings of the files of messages. */
interface MediaSettings extends QuotaLimits {
  /** True if files of messages are fetched without a request. */
  fetch: boolean
  maxBytes: number
  retentionDays: number | null
  /** Private hosts and networks from which files may be fetched. */
  allowPrivate: readonly string[]
}

/** Settings of the delivery of webhooks; limits, chance and policy have defaults. */
interface WebhookSettings extends Partial<Pick<WebhooksOptions, 'limits' | 'random' | 'policy'>> {
  retentionDays: number
  /** Private hosts and networks to which webhooks may go. */
  allowPrivate: readonly string[]
}

/** Holds a gateway over one database: its services, its webhooks and its HTTP server. */
export interface Gateway {
  store: Store
  services: Services
  webhooks: Webhooks
  http: HttpServer
}

/** Builds a gateway, without its lines and its bot; nothing is open before its parts start. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { files, version, settings, ...shared } = deps
  const { store, secrets, clock, log } = shared
  const { server, webhooks: delivery, media, ...options } = settings
  const signer = makeUrlSigner(secrets.derive('signed addresses'), clock)
  const baseUrl = new BaseUrl(server.publicUrl)
  const mediaUrl = mediaUrls(signer, baseUrl)
  const policy = new DestinationPolicy(delivery.allowPrivate)
  const webhooks = new Webhooks({
    policy,
    ...delivery,
    ...shared,
    formats: webhookFormats,
    version,
    mediaUrl,
  })
  const urls = new PublicFiles({ allowPrivate: media.allowPrivate, version })
  const services = makeServices({
    ...shared,
    ...options,
    webhooks,
    media: { ...media, files, urls, urlOf: mediaUrl },
  })
  const about = {
    version,
    urls: signer,
    baseUrl,
    clock,
    database: () => store.ping(),
    dataVersion: store.version,
  }
  return { store, services, webhooks, http: makeHttpServer({ ...server, ...about }, services, log) }
}

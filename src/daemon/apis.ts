import type { ApiFacade } from '../apis/api-facade.ts'
import { botbiz } from '../apis/botbiz/index.ts'
import { boton } from '../apis/boton/index.ts'
import { botssy } from '../apis/botssy/index.ts'
import { zaguan } from '../apis/zaguan/index.ts'
import type { WebhookFormats } from '../features/webhooks/format.ts'
import type { WebhookFormatName } from '../features/webhooks/webhook.ts'
import type { Tags } from '../http/tag-rules.ts'
import type { Services } from './services.ts'

/** Every API of the gateway. This list is all that the server, the document and the webhooks know of them. */
export const apis: readonly ApiFacade<Services>[] = [zaguan, boton, botssy, botbiz]

/** The API that owns each format of webhooks, in the order of the document. */
const formatOwners = { botssy, standard: zaguan, botbiz } satisfies Record<
  WebhookFormatName,
  Required<Pick<ApiFacade<Services>, 'webhooks'>>
>

/** The formats in which webhooks are written and signed. */
export const webhookFormats: WebhookFormats = {
  botssy: formatOwners.botssy.webhooks.format,
  standard: formatOwners.standard.webhooks.format,
  botbiz: formatOwners.botbiz.webhooks.format,
}

/** Descriptions of the formats for the document. */
export const webhookDocuments = Object.values(formatOwners).map(({ webhooks }) => webhooks.document)

/** The rules of the routes of all APIs, by their tag. */
export const tags: Tags = Object.assign({}, ...apis.map((api) => api.tags)) as Tags

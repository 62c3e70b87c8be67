import type { AccountId, ChatId, DeliveryId, EndpointId, KeyId } from '../../core/ids.ts'
import type { Generated } from 'kysely'
import type { EventName } from '../../core/events.ts'
import type {
  AttemptError,
  DeliveryState,
  DeliveryTrigger,
  DisabledReason,
  WebhookFormatName,
} from '../../features/webhooks/webhook.ts'

type Flag = 0 | 1
type Millis = number
type Json = string

/** Webhook receivers. */
export interface WebhookEndpointsTable {
  id: Generated<number>
  /** For an endpoint of all accounts: the account of the key that created it. */
  account_id: AccountId
  all_accounts: Generated<Flag>
  name: string
  url: string
  events: Json
  format: WebhookFormatName
  /** Names and values of the extra headers, encrypted; null for none. */
  headers: string | null
  header_names: Json
  /** Encrypted. */
  secret: string
  old_secret: string | null
  old_secret_until: Millis | null
  is_active: Flag
  disabled_reason: DisabledReason | null
  source: 'api' | 'config'
  /** The key that created or last changed it, whose rights it has; null: all rights. */
  key_id: KeyId | null
  /** It gets the events after this number, … */
  from_seq: number
  /** … and, if it was switched off, up to this one. */
  until_seq: number | null
  failures: Generated<number>
  failing_since: Millis | null
  is_down: Generated<Flag>
  paused_until: Millis | null
  last_failed_id: number | null
  last_success_at: Millis | null
  pending_count: Generated<number>
  created_at: Millis
  updated_at: Millis
  deleted_at: Millis | null
}

/** Says which events of one account an endpoint of all accounts gets; without a row, all. */
interface WebhookRangesTable {
  endpoint_id: EndpointId
  account_id: AccountId
  from_seq: number
  until_seq: number | null
}

/** Says how far an account's events have become deliveries. */
interface WebhookCursorsTable {
  account_id: AccountId
  seq: number
}

/** Holds the body of an event in one format, created once and sent byte for byte. */
interface WebhookPayloadsTable {
  account_id: AccountId
  seq: number
  format: WebhookFormatName
  body: string
  created_at: Millis
}

/** One row per event and endpoint. */
export interface WebhookDeliveriesTable {
  id: Generated<number>
  endpoint_id: EndpointId
  account_id: AccountId
  seq: number
  format: WebhookFormatName
  event_id: string
  event_name: EventName
  /** 0 for events without a chat, which are in order among themselves. */
  chat_id: ChatId
  state: DeliveryState
  trigger: DeliveryTrigger
  /** All attempts, as the log numbers them. */
  attempts: Generated<number>
  /** Attempts that count against this delivery, because the receiver was otherwise healthy. */
  tries: Generated<number>
  /** Time at which a retrying or parked delivery is tried again. */
  due_at: Millis | null
  /** Since when the receiver refuses it; null if it never did, or the receiver was at fault. */
  refused_since: Millis | null
  created_at: Millis
}

interface WebhookAttemptsTable {
  id: Generated<number>
  delivery_id: DeliveryId
  endpoint_id: EndpointId
  number: number
  trigger: DeliveryTrigger
  at: Millis
  duration_ms: number
  status_code: number | null
  error: AttemptError | null
  response: string
  next_at: Millis | null
}

/** Lists the tables of webhooks. */
export interface WebhookTables {
  webhook_endpoints: WebhookEndpointsTable
  webhook_ranges: WebhookRangesTable
  webhook_cursors: WebhookCursorsTable
  webhook_payloads: WebhookPayloadsTable
  webhook_deliveries: WebhookDeliveriesTable
  webhook_attempts: WebhookAttemptsTable
}

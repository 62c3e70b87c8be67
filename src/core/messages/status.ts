/**
 * The status of an outgoing message. `queued` waits in the outbox, `sent` has the server's ack, `delivered` and
 * `read` are the recipient's receipts; `failed`, `expired` and `cancelled` are final. Incoming messages are
 * `received`.
 */
export type MessageStatus =
  'received' | 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'expired' | 'cancelled'

/** Says why a message failed or waits, for programs; {@link reasons} has the sentence for people. */
export type StatusReason = keyof typeof reasons

export const reasons = {
  not_on_whatsapp: 'This number is not on WhatsApp.',
  no_device: 'WhatsApp lists no device for this recipient.',
  expired: 'It could not be sent within its time to live.',
  not_connected: 'The account is not connected to WhatsApp.',
  unconfirmed: 'WhatsApp has not confirmed it yet; it is retried with the same id.',
  reachout_locked: 'WhatsApp does not let this account start new chats for now.',
  not_in_group: 'This account is not in that group.',
  new_chat_cap: 'WhatsApp’s limit on new chats is reached or close.',
  refused: 'WhatsApp refused it.',
  media_pending: 'Its file is still being fetched or handed to WhatsApp.',
  media_failed: 'Its file is not available.',
  number_check:
    'Zaguán is about to check whether this number is on WhatsApp; only a few numbers are checked at a time.',
  opted_out: 'The customer has not agreed to such messages.',
  quiet_hours: 'It waits until the quiet hours are over.',
  number_changed: 'The account is now linked to another number, so earlier messages are not sent from it.',
  cancelled: 'It was cancelled before it was sent.',
} as const

/** Says where a message came from: live, fetched after being offline, from the phone's history, or sent through the gateway. */
export type Origin = 'live' | 'offline' | 'history' | 'api'

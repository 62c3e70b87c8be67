declare const rowOf: unique symbol

/**
 * A row's key that knows its table: a chat's id is not taken where a message's is asked for. Costs nothing at run time, and
 * plain numbers (from JSON, in tests) are taken everywhere.
 */
type Id<Table extends string> = number & { readonly [rowOf]?: Table }

/** Key of an account; written `wha_1` at the wire. */
export type AccountId = Id<'accounts'>
export type ChatId = Id<'chats'>
export type ConversationId = Id<'conversations'>
/** Key of a message; written `msg_1` in Botbiz. */
export type MessageId = Id<'messages'>
export type CustomerId = Id<'customers'>
export type MediaId = Id<'media'>
/** Key of an API key. */
export type KeyId = Id<'api_keys'>
/** Key of a webhook endpoint. */
export type EndpointId = Id<'webhook_endpoints'>
export type DeliveryId = Id<'webhook_deliveries'>
export type BatchId = Id<'batches'>
export type ScheduleId = Id<'schedules'>
/** Key of a turn of the bot. */
export type TurnId = Id<'bot_turns'>

declare const rowOf: unique symbol

/**
 * Marks a row's key with its table, so that a chat's id is not accepted as a message's. Costs nothing at run time; plain
 * numbers (from JSON, in tests) are accepted everywhere.
 */
type Id<Table extends string> = number & { readonly [rowOf]?: Table }

/** Key of an account; `wha_1` in the APIs. */
export type AccountId = Id<'accounts'>
/** Key of a chat. */
export type ChatId = Id<'chats'>
/** Key of a conversation. */
export type ConversationId = Id<'conversations'>
/** Key of a message; `msg_1` in Botbiz. */
export type MessageId = Id<'messages'>
/** Key of a customer. */
export type CustomerId = Id<'customers'>
/** Key of a file. */
export type MediaId = Id<'media'>
/** Key of an API key. */
export type KeyId = Id<'api_keys'>
/** Key of a webhook endpoint. */
export type EndpointId = Id<'webhook_endpoints'>
/** Key of a webhook delivery. */
export type DeliveryId = Id<'webhook_deliveries'>
/** Key of a batch. */
export type BatchId = Id<'batches'>
/** Key of a schedule. */
export type ScheduleId = Id<'schedules'>
/** Key of a turn of the bot. */
export type TurnId = Id<'bot_turns'>

/** The queries about messages that other features may use; all others are private. */

export { annotationTables } from './queries/annotations.ts'
export { insertMessage } from './queries/insert-message.ts'
export type { Revision } from './queries/message-changes.ts'
export { findSentThumbnail } from './queries/message-media.ts'
export type { StatusChange } from './queries/message-statuses.ts'
export { findMessage, findMessages, messagesOfChat } from './queries/messages.ts'
export { promoteNext, removeFromOutbox, waitingMessages } from './queries/waiting-messages.ts'

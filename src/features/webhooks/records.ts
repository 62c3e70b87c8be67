/** The queries about deliveries that other features may use; all others are private. */

export { webhookSummary } from './queries/deliveries-log.ts'

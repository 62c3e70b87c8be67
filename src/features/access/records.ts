/** The queries about API keys that other features may use; all others are private. */

export { findApiKey } from './queries/api-keys.ts'

/** The direction of a message, as seen from the account. */
export type Direction = 'incoming' | 'outgoing'

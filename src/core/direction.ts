/** Whether a message came to the account or went out from it. */
export type Direction = 'incoming' | 'outgoing'

/** Receives the network's events, for debugging. */
export type Log = (event: string, fields?: object) => void

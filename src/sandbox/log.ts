/** Receives what happens on the network, for debugging. */
export type Log = (event: string, fields?: object) => void

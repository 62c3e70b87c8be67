/** Told what happens on the network, for people who look for the reason of something. */
export type Log = (event: string, fields?: object) => void

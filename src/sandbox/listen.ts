import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Says where to listen. */
export interface ListenAddress {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** True if any free port will do when another program has this one. */
  readonly mayMove: boolean
}

/** Starts to listen and returns the port. Rejects with the system's error. */
export async function listen(server: Pick<Server, ListenParts>, address: ListenAddress): Promise<number> {
  const { host, port, mayMove } = address
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    if (!mayMove || port === 0 || !isTaken(error)) throw error
    return listen(server, { host, port: 0, mayMove: false })
  }
  return (server.address() as AddressInfo).port
}

type ListenParts = 'once' | 'off' | 'listen' | 'address'

/** Tells whether an error says that another program has the port. */
export function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
}

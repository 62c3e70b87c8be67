import { AsyncLocalStorage } from 'node:async_hooks'
import { networkInterfaces } from 'node:os'
import { isUnspecified } from './client-origin.ts'

const asked = new AsyncLocalStorage<string>()

/** Runs `work` so that links made in it begin with an address: that which the client of a request used. */
export function linkingTo<R>(baseUrl: string, work: () => R): R {
  return asked.run(baseUrl, work)
}

/** What links begin with where no request says so. */
interface Reached {
  publicUrl: string | null
  address: { host: string; port: number }
}

/**
 * How clients reach the server: as the configuration says, as the client of the running request did, or else for those on the
 * same machine or network.
 */
export function baseUrlFor({ publicUrl, address }: Reached): string {
  if (publicUrl !== null) return publicUrl.replace(/\/+$/, '')
  return asked.getStore() ?? listeningUrl(address)
}

/** The address that the client of the running request used; undefined outside of one. */
export function askedBaseUrl(): string | undefined {
  return asked.getStore()
}

/** An address that can be opened: a server that listens on all of them is reached on the first that the machine has. */
export function listeningUrl({ host, port }: { host: string; port: number }): string {
  const reached = isUnspecified(host) ? (ownAddress() ?? '127.0.0.1') : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}

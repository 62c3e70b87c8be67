import { AsyncLocalStorage } from 'node:async_hooks'
import { networkInterfaces } from 'node:os'
import { isUnspecified } from './client-origin.ts'

const asked = new AsyncLocalStorage<string>()

/** Runs `work` so that links created in it begin with an address: the one that the request's client used. */
export function linkingTo<R>(baseUrl: string, work: () => R): R {
  return asked.run(baseUrl, work)
}

/** How the server can be reached, apart from any request. */
interface Reached {
  publicUrl: string | null
  address: { host: string; port: number }
}

/**
 * Returns the base URL for links: the configured one, the one that the running request's client used, or else one for
 * the same machine or network.
 */
export function baseUrlFor({ publicUrl, address }: Reached): string {
  if (publicUrl !== null) return publicUrl.replace(/\/+$/, '')
  return asked.getStore() ?? listeningUrl(address)
}

/** Returns the base URL that the running request's client used; undefined outside a request. */
export function askedBaseUrl(): string | undefined {
  return asked.getStore()
}

/**
 * Returns an address that can be opened: a server that listens on all interfaces is reached on the machine's first
 * address.
 */
export function listeningUrl({ host, port }: { host: string; port: number }): string {
  const reached = isUnspecified(host) ? (ownAddress() ?? '127.0.0.1') : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}

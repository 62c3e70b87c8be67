import { networkInterfaces } from 'node:os'
import { ContextVariable } from '../../util/context-variable.ts'
import { isUnspecified } from './client-origin.ts'

const asked = new ContextVariable<string>()

/** Runs `work` so that links created in it begin with an address: the one that the request's client used. */
export function linkingTo<R>(baseUrl: string, work: () => R): R {
  return asked.run(baseUrl, work)
}

/**
 * Knows the base URL for links: the configured one, the one that the running request's client used, or else one for the
 * same machine or network. Created before the server, for the parts that write links.
 */
export class BaseUrl {
  private readonly publicUrl: string | null
  private listening: { host: string; port: number } | undefined

  constructor(publicUrl: string | null) {
    this.publicUrl = publicUrl
  }

  /** Records where the server listens; called as soon as it does. */
  listensAt(address: { host: string; port: number }): void {
    this.listening = address
  }

  /** Returns the base URL, without a slash at its end. @throws Error if only the address would tell, and the server does not listen yet */
  get(): string {
    if (this.publicUrl !== null) return this.publicUrl.replace(/\/+$/, '')
    const client = asked.get()
    if (client !== undefined) return client
    if (this.listening === undefined) throw new Error('the HTTP server is not listening yet')
    return listeningUrl(this.listening)
  }
}

/** Returns the base URL that the running request's client used; undefined outside a request. */
export function askedBaseUrl(): string | undefined {
  return asked.get()
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

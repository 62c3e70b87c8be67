import { lookup as dnsLookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { AppError } from '../domain/errors.ts'

/** An address to which nothing may go. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError'
}

export type Resolver = (host: string) => Promise<LookupAddress[]>

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

const globalIPv6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]

/** Which setting lists the private addresses that are allowed, and which field of a request brings an address. */
export interface PolicyNames {
  setting: string
  field: string
}

const ofWebhooks: PolicyNames = { setting: 'webhooks.allowPrivate', field: 'url' }

/** Where requests of ours may go: to public addresses, and to the private hosts and networks that the owner lists. */
export class DestinationPolicy {
  private readonly hosts = new Set<string>()
  private readonly networks: Network[] = []
  private readonly resolve: Resolver
  private readonly names: PolicyNames

  constructor(
    allowPrivate: readonly string[],
    resolve: Resolver = resolveAll,
    names: PolicyNames = ofWebhooks,
  ) {
    this.resolve = resolve
    this.names = names
    for (const entry of allowPrivate) {
      if (entry.includes('/')) this.networks.push(ipaddr.parseCIDR(entry))
      else if (isIP(entry) !== 0) this.networks.push(wholeAddress(entry))
      else this.hosts.add(normalHost(entry))
    }
  }

  /**
   * Checks an address that somebody enters. A name that cannot be resolved now passes: every connection checks again.
   * @throws AppError invalid_request
   */
  async check(text: string): Promise<void> {
    const url = this.read(text)
    const host = normalHost(url.hostname)
    const addresses = isIP(host) === 0 ? await this.resolve(host).catch(() => []) : [{ address: host }]
    if (this.hosts.has(host)) return
    const refused = addresses.find(({ address }) => !this.allows(address))
    if (refused) throw this.invalid(this.refusal(host))
  }

  /** The same without looking a name up: for where nothing may be waited for. @throws AppError invalid_request */
  checkLiteral(text: string): URL {
    const url = this.read(text)
    if (!this.allowsLiteral(url)) throw this.invalid(this.refusal(normalHost(url.hostname)))
    return url
  }

  private read(text: string): URL {
    const url = readUrl(text)
    if (typeof url === 'string') throw this.invalid(url)
    return url
  }

  private invalid(message: string): AppError {
    const { field } = this.names
    return new AppError('invalid_request', `Invalid parameter ${field}: ${message}`, {
      details: [{ field: `body.${field}`, message }],
    })
  }

  private refusal(host: string): string {
    return `${host} is a private address; to allow it, list the host or its network in ${this.names.setting}`
  }

  /** Whether the host of a URL may be connected to, for IP literals: no lookup is made of them. */
  allowsLiteral(url: URL): boolean {
    const host = normalHost(url.hostname)
    return isIP(host) === 0 || this.hosts.has(host) || this.allows(host)
  }

  /** Resolves a name for a connection and hands on only what may be connected to: what was checked is what is used. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    void this.answerLookup(hostname, options.all === true, callback)
  }

  private async answerLookup(
    hostname: string,
    wantsAll: boolean,
    answer: Parameters<LookupFunction>[2],
  ): Promise<void> {
    try {
      const addresses = await this.permitted(hostname)
      const [first] = addresses
      if (wantsAll) answer(null, addresses)
      else if (first) answer(null, first.address, first.family)
    } catch (error) {
      answer(error as NodeJS.ErrnoException, '', 0)
    }
  }

  private async permitted(hostname: string): Promise<LookupAddress[]> {
    const host = normalHost(hostname)
    const addresses = await this.resolve(host)
    if (addresses.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' })
    // One private address among public ones is refused as well: which of them is used would be chance.
    if (this.hosts.has(host) || addresses.every(({ address }) => this.allows(address))) return addresses
    throw new PrivateAddressError(this.refusal(host))
  }

  private allows(text: string): boolean {
    const address = ipaddr.process(text.split('%')[0] ?? text)
    if (this.networks.some((network) => address.kind() === network[0].kind() && address.match(network)))
      return true
    if (address.kind() === 'ipv6') {
      return address.range() === 'unicast' && (address as ipaddr.IPv6).match(globalIPv6)
    }
    return address.range() === 'unicast'
  }
}

/** An http or https address without credentials, or what is wrong with it. */
function readUrl(text: string): URL | string {
  if (!URL.canParse(text)) return 'expected an address such as https://example.com/path'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'expected an address that begins with http:// or https://'
  }
  if (url.username !== '' || url.password !== '') {
    return 'an address with a user name or password is not accepted'
  }
  return url.hostname === '' ? 'expected an address with a host' : url
}

/** Lower case, without the brackets of IPv6 and the dot at the end of a full name. */
function normalHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

function wholeAddress(text: string): Network {
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

function resolveAll(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    dnsLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })
}

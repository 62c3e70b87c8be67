import { lookup as dnsLookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { AppError } from '../core/errors.ts'

/** Reports an address that requests must not reach. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError'
}

/** Resolves a host name to its addresses. */
export type Resolver = (host: string) => Promise<LookupAddress[]>

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/**
 * Addresses where cloud providers' metadata services hand credentials to their guests: AWS, Google and others, AWS
 * over IPv6, Alibaba, Oracle, Azure. Source: the providers' documentation.
 */
const hostAgents: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  'fd00:ec2::254',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
])

/** Private networks, which a sandbox may reach. */
export const ownNetworks: readonly string[] = [
  'localhost',
  '127.0.0.0/8',
  '::1',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]

/**
 * Ports used by protocols other than HTTP: the "bad ports" of the WHATWG Fetch standard except 9, which discards its
 * input, and databases with line-based protocols.
 */
const otherPorts: ReadonlySet<number> = new Set([
  1, 7, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
  110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
  530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3306,
  3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
  11211,
])

const globalIPv6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]

/**
 * Names the setting that lists the allowed private addresses, and the request field that carries an address; for error texts.
 */
export interface PolicyNames {
  setting: string
  field: string
}

const ofWebhooks: PolicyNames = { setting: 'webhooks.allowPrivate', field: 'url' }

/**
 * Decides where our requests may go: to public addresses, and to the private hosts and networks that the owner lists.
 */
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
   * Checks an address that a caller enters. A name that does not resolve now passes: every connection checks again.
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

  /** Checks an address like `check`, without a DNS lookup, for callers that cannot wait. @throws AppError invalid_request */
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

  /** Tells whether a URL may be connected to, judging by its port and IP literal only. */
  allowsLiteral(url: URL): boolean {
    if (otherPorts.has(Number(url.port))) return false
    const host = normalHost(url.hostname)
    return isIP(host) === 0 || this.hosts.has(host) || this.allows(host)
  }

  /**
   * Resolves a name for a connection and passes on only allowed addresses: the checked addresses are the used ones.
   */
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
    // One private address among public ones is refused as well: chance would decide which is used.
    if (this.hosts.has(host) || addresses.every(({ address }) => this.allows(address))) return addresses
    throw new PrivateAddressError(this.refusal(host))
  }

  private allows(text: string): boolean {
    const address = ipaddr.process(text.split('%')[0] ?? text)
    const isAgent = hostAgents.has(address.toString())
    const isListed = ([base, bits]: Network) =>
      address.kind() === base.kind() &&
      address.match([base, bits]) &&
      // A network that merely contains this address does not mean to allow it.
      (!isAgent || bits === (base.kind() === 'ipv4' ? 32 : 128))
    if (this.networks.some(isListed)) return true
    if (isAgent) return false
    if (address.kind() === 'ipv6') {
      return address.range() === 'unicast' && (address as ipaddr.IPv6).match(globalIPv6)
    }
    return address.range() === 'unicast'
  }
}

/** Parses an http or https address without credentials; returns the reason as text if it is not one. */
function readUrl(text: string): URL | string {
  if (!URL.canParse(text)) return 'expected an address such as https://example.com/path'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'expected an address that begins with http:// or https://'
  }
  if (url.username !== '' || url.password !== '') {
    return 'the address must not have a user name or password'
  }
  if (otherPorts.has(Number(url.port))) {
    return `port ${url.port} is not for HTTP: choose another port for the receiver`
  }
  return url.hostname === '' ? 'expected an address with a host' : url
}

/** Normalises a host: lower case, without IPv6 brackets and the trailing dot of a full name. */
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

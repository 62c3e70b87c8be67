import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { AppError } from '../../core/errors.ts'

/** Describes the server's place in the network. */
export interface OriginOptions {
  /** Addresses and networks of trusted proxies. */
  trustedProxies: readonly string[]
  /** The server's address for clients outside; null if not configured. */
  publicUrl: string | null
  /** The configured address to listen on. */
  host: string
}

/** Says where a request came from, and how its client reached the server. */
export interface ClientOrigin {
  /** The client's address; behind trusted proxies, the one that they saw. */
  address: string
  /** The base URL for links in the answer; undefined if the request does not tell. */
  baseUrl: string | undefined
}

const hostPattern = /^([a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i

/** Determines the real client of a request, and the server name it used. */
export class ClientOrigins {
  private readonly publicUrl: string | null
  private readonly names: ReadonlySet<string>
  private readonly onLoopback: boolean
  private readonly trusted: BlockList

  constructor({ trustedProxies, publicUrl, host }: OriginOptions) {
    this.publicUrl = publicUrl
    const publicHost = publicUrl === null ? [] : [bareHost(new URL(publicUrl).host)]
    this.names = new Set(['localhost', bareHost(host), ...publicHost])
    this.onLoopback = isLoopback(bareHost(host))
    this.trusted = blockListOf(trustedProxies)
  }

  /** @throws AppError forbidden for a foreign host name if only this machine can reach the server */
  read(req: IncomingMessage): ClientOrigin {
    const peer = plainAddress(req.socket.remoteAddress ?? '')
    const isProxied = this.isTrusted(peer)
    const asked = req.headers.host ?? ''
    if (this.onLoopback && !isProxied && !this.isOwnName(asked)) throw foreignHost()
    const address = isProxied ? this.clientOf(peer, req.headers) : peer
    return { address, baseUrl: this.publicUrl === null ? this.baseOf(req, isProxied) : undefined }
  }

  private isTrusted(address: string): boolean {
    return isIP(address) !== 0 && this.trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  }

  /**
   * Tells whether a host name is the server's. Others arrive only through a web page that had its own name resolve to
   * 127.0.0.1 (DNS rebinding). A request without a name is from a program.
   */
  private isOwnName(host: string): boolean {
    if (host !== '' && !hostPattern.test(host)) return false
    const name = bareHost(host)
    // Names without a dot are local: they cannot be registered elsewhere.
    const isLocalName = isIP(name) === 0 && (!name.includes('.') || name.endsWith('.localhost'))
    return this.names.has(name) || isLoopback(name) || isLocalName
  }

  /**
   * Returns the client's address from the proxies' headers. Each proxy appends the address that it saw: read from the
   * end, the first one that is no trusted proxy is the client. Anything before it may be forged.
   */
  private clientOf(peer: string, headers: IncomingHttpHeaders): string {
    const chain = chainOf(headers)
    let client = peer
    while (this.isTrusted(client)) {
      const before = plainAddress(chain.pop() ?? '')
      if (isIP(before) === 0) break
      client = before
    }
    return client
  }

  private baseOf({ headers, socket }: IncomingMessage, isProxied: boolean): string | undefined {
    if (isProxied) {
      const host =
        lastOf(headers['x-forwarded-host']) ?? parameterOf(headers.forwarded, 'host') ?? headers.host
      const proto = lastOf(headers['x-forwarded-proto']) ?? parameterOf(headers.forwarded, 'proto') ?? 'http'
      const scheme = proto.toLowerCase() === 'https' ? 'https' : 'http'
      if (host !== undefined && hostPattern.test(host)) return `${scheme}://${host.toLowerCase()}`
    }
    const { host } = headers
    const local = plainAddress(socket.localAddress ?? '')
    if (host !== undefined && hostPattern.test(host)) {
      const name = bareHost(host)
      const isKnown = this.isOwnName(host) || name === local || isPrivate(name)
      if (isKnown && !isUnspecified(name)) return `http://${host.toLowerCase()}`
    }
    // The address that the client connected to.
    return local === '' ? undefined : `http://${isIPv6(local) ? `[${local}]` : local}:${socket.localPort}`
  }
}

function foreignHost(): AppError {
  return new AppError(
    'forbidden',
    'The gateway does not answer to this host name. Set server.publicUrl to its address, ' +
      'or name its proxy in server.trustedProxies',
  )
}

/**
 * Returns the addresses that proxies recorded, the nearest last. If two kinds of header disagree, neither is trusted.
 */
function chainOf(headers: IncomingHttpHeaders): string[] {
  const listed = splitList(headers['x-forwarded-for'])
  const standard = splitList(headers.forwarded).map((element) => parameterOf(element, 'for') ?? '')
  if (listed.length === 0) return standard
  if (standard.length === 0) return listed
  return plainAddress(listed.at(-1) ?? '') === plainAddress(standard.at(-1) ?? '') ? listed : []
}

function splitList(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return text === '' ? [] : text.split(',').map((item) => item.trim())
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return splitList(header).at(-1) || undefined
}

/** Returns a parameter of the last element of a `Forwarded` header (RFC 7239). */
function parameterOf(header: string | undefined, name: string): string | undefined {
  const [last] = splitList(header).toReversed()
  for (const pair of last?.split(';') ?? []) {
    const [key = '', ...value] = pair.split('=')
    if (key.trim().toLowerCase() === name)
      return value
        .join('=')
        .trim()
        .replace(/^"(.*)"$/, '$1')
  }
  return undefined
}

/** Strips port and brackets, and unwraps IPv4-mapped addresses. */
function plainAddress(text: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? []
  const bare = bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  return bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '')
}

/** Returns a host without its port, in lower case. */
function bareHost(host: string): string {
  const lower = host.toLowerCase()
  const [, bracketed] = /^\[([^\]]+)\]/.exec(lower) ?? []
  if (bracketed !== undefined) return bracketed
  return isIPv6(lower) ? lower : lower.replace(/:\d*$/, '').replace(/\.$/, '')
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** Tells whether an address stands for all interfaces. */
export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

const privateNetworks = blockListOf([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
])

function isPrivate(address: string): boolean {
  return isIP(address) !== 0 && privateNetworks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

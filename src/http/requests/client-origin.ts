import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { AppError } from '../../core/errors.ts'

export interface OriginOptions {
  /** Addresses and networks of the proxies whose word counts. */
  trustedProxies: readonly string[]
  /** How clients reach the server from outside; null where nobody said. */
  publicUrl: string | null
  /** As configured: the address to listen on. */
  host: string
}

/** Where a request came from, and how its client reached the server. */
export interface ClientOrigin {
  /** The address of the client: behind trusted proxies the one that they saw. */
  address: string
  /** What links in the answer begin with; undefined where the request does not tell. */
  baseUrl: string | undefined
}

const hostPattern = /^([a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i

/** Reads who is really asking, and under which name of the server. */
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

  /** @throws AppError forbidden for a name that is not the server's, where only this machine can reach it */
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
   * Other names reach this machine only through a page in a browser that had its own name resolve to 127.0.0.1 (DNS rebinding).
   * A request without one is of a program.
   */
  private isOwnName(host: string): boolean {
    const name = bareHost(host)
    // Names without a dot are of the own network: nobody can have one elsewhere.
    const isLocalName = isIP(name) === 0 && (!name.includes('.') || name.endsWith('.localhost'))
    return this.names.has(name) || isLoopback(name) || isLocalName
  }

  /**
   * Each proxy adds the address that it saw at the end: read from there, the first one that is no proxy of ours is the client.
   * What stands before it, anybody may have written.
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
    // The address to which the client did connect.
    return local === '' ? undefined : `http://${isIPv6(local) ? `[${local}]` : local}:${socket.localPort}`
  }
}

function foreignHost(): AppError {
  return new AppError(
    'forbidden',
    'This gateway answers to no such name: set server.publicUrl to the address under which it is reached, ' +
      'or name its proxy in server.trustedProxies',
  )
}

/** The addresses that proxies have written down, the nearest one last. Where two kinds of header disagree, none is believed. */
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

/** A parameter of the last element of a `Forwarded` header (RFC 7239). */
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

/** Without port and brackets, and IPv4 as such. */
function plainAddress(text: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? []
  const bare = bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  return bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '')
}

/** A host without its port, in lower case. */
function bareHost(host: string): string {
  const lower = host.toLowerCase()
  const [, bracketed] = /^\[([^\]]+)\]/.exec(lower) ?? []
  if (bracketed !== undefined) return bracketed
  return isIPv6(lower) ? lower : lower.replace(/:\d*$/, '').replace(/\.$/, '')
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

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

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RootAuthority } from './protocol/certificates.ts'
import { loadKeyPair, newKeyPair, saveKeyPair } from './protocol/keys.ts'
import type { ServerIdentity } from './protocol/connection.ts'
import type { Customer } from './people/customer.ts'
import type { Introduction, Owner } from './people/directory.ts'
import type { Faults } from './protocol/faults.ts'
import { controlAddress, newControlToken } from './control/control-token.ts'
import { controlApi, type ControlTarget } from './control/control.ts'
import { Listener, type Access } from './listener.ts'
import type { Log } from './log.ts'
import { MediaHost } from './media/media-host.ts'
import { Network, type ConnectionSummary, type PersonSummary } from './network.ts'
import type { Phone } from './people/phone.ts'
import { readState, StateFile } from './state-file.ts'

/** Says where the sandbox listens and stores its state. */
export interface SandboxOptions {
  /** 127.0.0.1 by default. */
  host?: string
  /** 0, the default, takes any free port. */
  port?: number
  /** The file that keeps people, linked devices and keys across restarts; undefined: none are kept. */
  stateFile?: string
  /** The folder of messages' files; beside the state file by default, or a temporary one. */
  mediaFolder?: string
  log?: Log
  /** The token of the control API; random by default. */
  controlToken?: string
}

/**
 * Runs a WhatsApp network on loopback that speaks the real protocol with real keys. An unmodified client works with it, given
 * this URL and root key.
 */
export class Sandbox implements ControlTarget {
  /** All people and connections behind the port. */
  readonly network: Network
  readonly controlToken: string
  readonly #host: string
  readonly #root: RootAuthority
  readonly #control: ReturnType<typeof controlApi>
  readonly #listener: Listener
  readonly #state: StateFile | undefined
  readonly #media: MediaHost
  readonly #mediaFolder: string | undefined
  readonly #log: Log
  /** The port of the last run; 0 if there was none, or a port is configured. */
  readonly #rememberedPort: number
  #identity: ServerIdentity | undefined
  #reopen: NodeJS.Timeout | undefined

  constructor(options: SandboxOptions = {}) {
    const { host = '127.0.0.1', port = 0, stateFile, log = () => undefined } = options
    const besides = stateFile === undefined ? undefined : `${stateFile}.media`
    this.controlToken = options.controlToken ?? newControlToken()
    this.#mediaFolder = options.mediaFolder ?? besides
    const saved = stateFile === undefined ? undefined : readState(stateFile)
    this.#host = host
    this.#log = log
    this.#rememberedPort = port === 0 ? (saved?.port ?? 0) : 0
    this.#root = new RootAuthority(saved && loadKeyPair(saved.root))
    this.network = new Network(log, () => this.#state?.touch())
    if (saved) this.network.load(saved)
    this.#listener = new Listener({
      host,
      port: port === 0 ? this.#rememberedPort : port,
      mayMove: port === 0,
      onSocket: (socket, stream) => this.#identity && this.network.accept({ socket, stream }, this.#identity),
      onRequest: (request, response) => {
        if (mayAsk(host, request.headers.host)) return this.#control.handle(request, response)
        response.writeHead(403).end('{"error":"The sandbox answers to the names of this machine only"}')
      },
    })
    const { faults, media: store } = this.network
    this.#media = new MediaHost({ host, store, faults, log }, saved?.media)
    this.#control = controlApi(this)
    if (stateFile !== undefined) this.#state = new StateFile(stateFile, (clean) => this.#save(clean))
  }

  async start(): Promise<void> {
    const keys = newKeyPair()
    this.#identity = { keys, certificates: this.#root.certify(keys.public) }
    await this.#openMedia()
    this.network.start()
    await this.#listener.start()
    const { port } = this.#listener
    const wanted = this.#rememberedPort
    if (wanted !== 0 && port !== wanted)
      this.#log('port_taken', { of: 'network', port: wanted, instead: port })
    // Sessions must not be loaded twice: they change from here on.
    this.#state?.save(false)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#reopen)
    this.#control.stop()
    await this.network.stop()
    await this.#listener.close()
    await this.#media.stop()
    this.#state?.save(true)
    if (this.#mediaFolder === undefined) await rm(this.network.media.folder, { recursive: true, force: true })
  }

  /** Returns the URL that a client connects to. */
  get url(): string {
    return `ws://${this.#authority}/ws/chat`
  }

  /** Returns the base URL of the control API, with its token. */
  get controlUrl(): string {
    return controlAddress(`http://${this.#authority}`, this.controlToken)
  }

  /** Returns the public key that signs the server's Noise certificates, base64. A client must trust it. */
  get rootKey(): string {
    return this.#root.keys.public.toString('base64')
  }

  /** Returns host and port of the media host. */
  get mediaHost(): string {
    return this.network.media.hostname
  }

  /** Returns the media host's certificate, PEM. Clients must trust it to send or fetch files. */
  get mediaCertificate(): string {
    return this.#media.certificate.cert
  }

  /** Returns the path of that certificate, for `NODE_EXTRA_CA_CERTS`. */
  get caFile(): string {
    return join(this.network.media.folder, 'ca.pem')
  }

  /** Makes the media host lose the file of this message: it answers 410, or `status`. */
  expireMedia(account: string, id: string, status?: number): void {
    this.network.expireMedia(account, id, status)
  }

  /** Returns an account's phone, created if missing. */
  phone(number: string, options?: Owner): Phone {
    return this.network.phone(number, options)
  }

  /** Returns a simulated person, created if missing. */
  customer(number: string, options?: Introduction): Customer {
    return this.network.customer(number, options)
  }

  /** Takes this number off WhatsApp. All other numbers have a person, created on first use. */
  markAbsent(number: string): void {
    this.network.markAbsent(number)
  }

  people(): PersonSummary[] {
    return this.network.people()
  }

  connections(): ConnectionSummary[] {
    return this.network.connections()
  }

  /** Faults of coming logins, linkings, acks, queries and deliveries. */
  get faults(): Faults {
    return this.network.faults
  }

  get access(): Access {
    return this.#listener.access
  }

  /** Cuts TCP connections without notice: those of one account, or all. */
  dropConnections(account?: string): void {
    for (const connection of this.network.select(account)) connection.drop()
  }

  /** Closes WebSockets in good order. */
  closeConnections(account?: string): void {
    for (const connection of this.network.select(account)) connection.close()
  }

  /** Ends streams with an error: 515, 401, 440 (conflict), 503, 500. */
  failConnections(code: number, account?: string): void {
    for (const connection of this.network.select(account)) connection.fail(code)
  }

  /** Retires the codes that unlinked clients show, and tells the clients. */
  retireCodes(): void {
    this.network.retireCodes()
  }

  /** Keeps TCP open but answers nothing until `thaw`. */
  freeze(): void {
    this.network.freeze()
  }

  thaw(): void {
    this.network.thaw()
  }

  /** Refuses new connections with 503, or closes the port; for `forMs` milliseconds if given. */
  async refuseConnections(how: 'busy' | 'closed', forMs?: number): Promise<void> {
    if (how === 'busy') this.#listener.setBusy(true)
    else await this.#listener.close()
    clearTimeout(this.#reopen)
    if (forMs !== undefined) this.#reopen = setTimeout(() => void this.acceptConnections(), forMs)
  }

  async acceptConnections(): Promise<void> {
    if (this.#listener.access === 'closed') await this.#listener.start()
    this.#listener.setBusy(false)
  }

  get #authority(): string {
    return `${this.#host}:${this.#listener.port}`
  }

  #save(clean: boolean) {
    const root = saveKeyPair(this.#root.keys)
    const { port } = this.#listener
    return { version: 1 as const, root, port, media: this.#media.save(), ...this.network.save(clean) }
  }

  async #openMedia(): Promise<void> {
    const folder = this.#mediaFolder ?? (await mkdtemp(join(tmpdir(), 'sandbox-media-')))
    await this.network.media.open(folder)
    await writeFile(this.caFile, this.mediaCertificate)
    await this.#media.start()
  }
}

/**
 * Tells whether a request means this machine. A web page can have its own name resolve to 127.0.0.1, and would
 * otherwise read the chats and play the customer.
 */
function mayAsk(listening: string, host = ''): boolean {
  const isLocal = (name: string) => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(name)
  const name = host.toLowerCase().replace(/:\d*$/, '')
  return !isLocal(listening) || name === '' || isLocal(name)
}

import {
  initAuthCreds,
  makeWASocket,
  proto,
  WA_CERT_DETAILS,
  type AuthenticationState,
  type BaileysEventMap,
  type SignalDataSet,
  type SignalDataTypeMap,
  type UserFacingSocketConfig,
  type WAMessage,
} from '@whiskeysockets/baileys'
import { until } from '../../support/until.ts'

// libsignal prints sessions with their private keys.
for (const method of ['info', 'warn', 'error'] as const) console[method] = () => undefined

const { ERROR } = proto.WebMessageInfo.Status

const silent = {
  level: 'silent',
  child: () => silent,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

export interface Network {
  readonly url: string
  readonly rootKey: string
}

/** Credentials that outlive connections. Values are copied, as a database would. */
export function memoryAuth(): AuthenticationState {
  const data = new Map<string, unknown>()
  return {
    creds: initAuthCreds(),
    keys: {
      get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const found: Record<string, SignalDataTypeMap[T]> = {}
        for (const id of ids) {
          const value = data.get(`${type} ${id}`) as SignalDataTypeMap[T] | undefined
          if (value !== undefined) found[id] = restore(type, structuredClone(value))
        }
        return found
      },
      set: async (changes: SignalDataSet) => {
        for (const [type, values] of Object.entries(changes)) {
          for (const [id, value] of Object.entries(values ?? {})) {
            if (value === null || value === undefined) data.delete(`${type} ${id}`)
            else data.set(`${type} ${id}`, structuredClone(value))
          }
        }
      },
    },
  }
}

function restore<T extends keyof SignalDataTypeMap>(
  type: T,
  value: SignalDataTypeMap[T],
): SignalDataTypeMap[T] {
  if (type !== 'app-state-sync-key') return value
  return proto.Message.AppStateSyncKeyData.fromObject(value as object) as unknown as SignalDataTypeMap[T]
}

/** A plain Baileys socket and everything that it told. */
export class Client {
  readonly auth: AuthenticationState
  readonly messages: WAMessage[] = []
  readonly updates: BaileysEventMap['messages.update'] = []
  readonly history: BaileysEventMap['messaging-history.set'][] = []
  readonly qrs: string[] = []
  readonly closed: number[] = []
  readonly badAcks: { id: string; error: string }[] = []
  readonly acks: string[] = []
  connected = false
  caughtUp = false
  readonly #network: Network
  readonly #options: Partial<UserFacingSocketConfig>
  readonly #over = new WeakSet<object>()
  #socket: ReturnType<typeof makeWASocket> | undefined

  constructor(network: Network, auth = memoryAuth(), options: Partial<UserFacingSocketConfig> = {}) {
    this.#network = network
    this.auth = auth
    this.#options = options
  }

  get socket(): ReturnType<typeof makeWASocket> {
    if (!this.#socket) throw new Error('Not connected')
    return this.#socket
  }

  connect(): this {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(this.#network.rootKey, 'base64')
    const socket = makeWASocket({
      waWebSocketUrl: this.#network.url,
      auth: this.auth,
      logger: silent,
      markOnlineOnConnect: true,
      syncFullHistory: false,
      getMessage: async () => undefined,
      ...this.#options,
    })
    this.#socket = socket
    this.connected = false
    this.caughtUp = false
    socket.ws.on('CB:ack,class:message', ({ attrs }: { attrs: Record<string, string> }) => {
      this.acks.push(attrs['id'] ?? '')
      if (attrs['error']) this.badAcks.push({ id: attrs['id'] ?? '', error: attrs['error'] })
    })
    socket.ev.process((events) => {
      if (events['connection.update']?.connection === 'close') this.#over.add(socket)
      this.#note(events)
    })
    return this
  }

  /** Links to a phone by QR code and waits until the connection is open. */
  async link(phone: { scan(qr: string): Promise<void> }): Promise<this> {
    this.connect()
    await phone.scan(await until(() => this.qrs.at(-1)))
    await until(() => this.closed.includes(515))
    return this.open()
  }

  /** Connects with the credentials it has, and waits until what it missed has come. */
  async open(): Promise<this> {
    this.connect()
    await until(() => this.connected && this.caughtUp)
    return this
  }

  async end(): Promise<void> {
    const socket = this.#socket
    if (!socket || this.#over.has(socket)) return
    await socket.end(undefined)
    await until(() => this.#over.has(socket))
  }

  async send(to: string, text: string, messageId?: string): Promise<string> {
    const jid = to.includes('@') ? to : `${to}@s.whatsapp.net`
    const sent = await this.socket.sendMessage(jid, { text }, messageId === undefined ? {} : { messageId })
    return sent?.key.id ?? ''
  }

  /** Received messages with text, own copies included. */
  texts(): string[] {
    return this.messages.map(textOf).filter((text) => text !== undefined)
  }

  message(text: string): WAMessage | undefined {
    return this.messages.find((message) => textOf(message) === text)
  }

  /** The highest status that was told of an own message. */
  status(id: string): number {
    const told = this.updates.filter(({ key }) => key.id === id).map(({ update }) => update.status ?? -1)
    const own = this.messages.filter(({ key }) => key.id === id).map(({ status }) => status ?? -1)
    return Math.max(-1, ...told, ...own)
  }

  /** The update of an own message may be merged into the message itself. */
  failed(id: string): boolean {
    const told = this.updates.some(({ key, update }) => key.id === id && update.status === ERROR)
    return told || this.messages.some(({ key, status }) => key.id === id && status === ERROR)
  }

  #note(events: Partial<BaileysEventMap>): void {
    const update = events['connection.update']
    if (update?.qr) this.qrs.push(update.qr)
    if (update?.connection === 'open') this.connected = true
    if (update?.receivedPendingNotifications) this.caughtUp = true
    if (update?.connection === 'close') {
      this.connected = false
      const error = update.lastDisconnect?.error as { output?: { statusCode?: number } } | undefined
      this.closed.push(error?.output?.statusCode ?? 0)
    }
    this.messages.push(...(events['messages.upsert']?.messages ?? []))
    this.updates.push(...(events['messages.update'] ?? []))
    if (events['messaging-history.set']) this.history.push(events['messaging-history.set'])
  }
}

function textOf({ message }: WAMessage): string | undefined {
  return message?.conversation ?? message?.extendedTextMessage?.text ?? undefined
}

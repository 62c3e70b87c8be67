import type { Account } from '../people/account.ts'
import { CompanionSession, type SessionParts } from '../linking/companion-session.ts'
import type { Connection, ConnectionHandler } from './connection.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import { readRegistration, type Linking } from '../linking/linking.ts'
import { node, seconds, type BinaryNode } from './nodes.ts'
import type { HandshakeResult } from './noise.ts'

/** Routes clients that have proved their Noise key: new ones to linking, companions to their session. */
export class LoginRouter implements ConnectionHandler {
  readonly #parts: SessionParts
  readonly #linking: Linking
  readonly #connections = new Set<Connection>()
  readonly #sessions = new Map<Connection, CompanionSession>()

  constructor(linking: Linking, parts: SessionParts) {
    this.#linking = linking
    this.#parts = parts
  }

  /** Connections with a finished handshake. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  sessionOf(connection: Connection): CompanionSession | undefined {
    return this.#sessions.get(connection)
  }

  opened(connection: Connection, { clientStatic, payload }: HandshakeResult): void {
    this.#connections.add(connection)
    const failure = this.#parts.faults.takeLoginFailure()
    if (failure !== undefined) return connection.refuse(failure)
    const { primary, secondary, tertiary } = payload.userAgent?.appVersion ?? {}
    const tooOld = this.#parts.faults.isTooOld([primary ?? 0, secondary ?? 0, tertiary ?? 0])
    if (tooOld) return connection.refuse(405)
    if (payload.devicePairingData) {
      const registration = readRegistration(payload, clientStatic)
      if (!registration) return connection.refuse(400)
      connection.label = 'unlinked'
      this.#parts.log('client_unlinked', { os: registration.os })
      return this.#linking.begin(connection, registration)
    }
    const account = this.#parts.directory.accounts.get(payload.username?.toString() ?? '')
    const device = account?.devices.get(payload.device ?? -1)
    if (!account || !device?.noiseKey.equals(clientStatic)) {
      this.#parts.log('login_refused', { account: payload.username?.toString(), device: payload.device })
      return connection.refuse(401)
    }
    this.#login(connection, account, device)
  }

  received(connection: Connection, stanza: BinaryNode): void {
    const session = this.#sessions.get(connection)
    if (session) session.received(stanza)
    else this.#linking.received(connection, stanza)
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection)
    this.#linking.closed(connection)
    const session = this.#sessions.get(connection)
    this.#sessions.delete(connection)
    if (session?.device.line !== connection) return
    disconnect(session.device)
    this.#parts.log('companion_disconnected', { account: session.account.number, device: session.device.id })
  }

  #login(connection: Connection, account: Account, device: LinkedDevice): void {
    const previous = device.line
    disconnect(device)
    previous?.fail(440)
    device.line = connection
    connection.label = device.jid
    this.#sessions.set(connection, new CompanionSession(account, device, this.#parts))
    this.#parts.log('companion_connected', { account: account.number, device: device.id })
    connection.send(
      node('success', { t: seconds(), lid: device.lidJid, display_name: account.name, location: 'sandbox' }),
    )
  }
}

function disconnect(device: LinkedDevice): void {
  device.line = undefined
  device.live = false
  device.retrying.clear()
  device.subscriptions.clear()
  device.available = false
}

import { proto } from '@whiskeysockets/baileys'
import type { BinaryNode, WAVersion, ConnectionState as Update, WASocket } from '@whiskeysockets/baileys'
import type { MessageToRead } from '../../features/chats/presence-marks.ts'
import type { CloseReason, PairingView } from '../../features/accounts/connection.ts'
import { bareJid, phoneOf } from '../../core/jid.ts'
import type { OutgoingMessage, SendOutcome } from '../../core/messages/outgoing.ts'
import type { PresenceRecords, FileTransfer, GroupRecords, MessageKey } from '../../core/ports.ts'
import { freeMessageMutex, rawSocketOf, takeHandlers } from '../baileys-internals.ts'
import type { StanzaHandler } from '../baileys-internals.ts'
import { Acks, toOutcome } from './acks.ts'
import { readAddressBook } from './address-book.ts'
import { Admission } from './admission.ts'
import { ChannelNames } from '../groups/channels.ts'
import { closeReason } from './close-reasons.ts'
import { contactMappings, contactName } from '../history/history.ts'
import { undecryptableMessage } from '../messages/from-whatsapp.ts'
import { GroupDirectory } from '../groups/groups.ts'
import type { OwnIdentity } from '../content/context.ts'
import { MediaTransfer, uploadAgent } from '../media/media-transfer.ts'
import { MessageFeed } from '../messages/message-feed.ts'
import { storeMappings } from '../messages/mappings.ts'
import { closeOf, forgetDevice } from './log-out.ts'
import { LimitWatch } from './limits.ts'
import { lookUp } from './look-up.ts'
import { Pairing } from './pairing.ts'
import { passkeyTimes } from './passkey.ts'
import type { PasskeyTimes } from './passkey.ts'
import { Presence } from './presence.ts'
import { ownReading, readReceipt } from '../messages/receipts.ts'
import { listenToGroups } from '../groups/group-events.ts'
import { cutSocket, openSocket } from './socket.ts'
import type { SocketParts } from './socket.ts'
import { storeFirst } from '../signal/store-before-emit.ts'
import { stanzaOf, toProto } from '../messages/to-whatsapp.ts'
import { unencrypted, whyLost } from '../messages/unencrypted.ts'

/** Connecting must lead to a code or a login within this time. */
const connectDeadlineMs = 45_000
/** Without a frame for this long the connection counts as dead; pings are answered well before. */
const silenceLimitMs = 27_000
const ackDeadlineMs = 12_000
const logOutDeadlineMs = 3000

/** Holds the dependencies of a session. */
export interface SessionParts extends SocketParts {
  groups: GroupRecords
  presence: PresenceRecords
  mediaCertificate?: string | null
  passkeyTimes?: PasskeyTimes
}

/** Receives the reports of a session. */
export interface SessionEvents {
  pairing(view: PairingView): void
  /** Called when the login is complete. `isOtherNumber`: the account has another number since this login. */
  opened(isOtherNumber: boolean): void
  closed(reason: CloseReason): void
}

/**
 * Runs one socket from opening to end. Reports its end once, and nothing afterwards. Later sockets find everything they need in
 * the auth state and the journal.
 */
export class Session {
  readonly sock: WASocket
  readonly pairing: Pairing
  readonly groups: GroupDirectory
  private readonly channels: ChannelNames
  private readonly presence: Presence
  private readonly transfer: MediaTransfer
  private readonly parts: SessionParts
  private readonly events: SessionEvents
  private readonly acks = new Acks()
  private stage: 'connecting' | 'pairing' | 'open' = 'connecting'
  private readonly feed: MessageFeed
  private readonly admission = new Admission((stanza) => this.feed.take(stanza))
  private ended = false
  /** WhatsApp's time at the login, in milliseconds, and its moment on the monotonic clock. */
  private loggedIn: { time: number; at: number } | undefined
  private lastFrameAt = performance.now()
  private readonly startedAt = performance.now()
  private networkError = false
  private pairingFault = false
  private readonly watch: NodeJS.Timeout
  private readonly limits: LimitWatch

  constructor(parts: SessionParts, events: SessionEvents) {
    this.parts = parts
    this.events = events
    const certificate = parts.mediaCertificate ?? null
    const socketParts = { ...parts, fetchAgent: uploadAgent(certificate) }
    this.sock = openSocket(socketParts, (jid) => this.groups.metadata(jid))
    freeMessageMutex(this.sock)
    const handlers = takeHandlers(this.sock.ws, 'CB:message')
    this.feed = new MessageFeed({
      held: () => parts.signal.backlog.coming,
      hand: (node) => this.hand(node, handlers),
    })
    parts.signal.backlog.over = () => this.feed.resume()
    const { groupMetadata: one, groupFetchAllParticipating: all } = this.sock
    this.groups = new GroupDirectory({ ...parts, records: parts.groups, queries: { one, all } })
    const query = (jid: string) => this.sock.newsletterMetadata('jid', jid)
    this.channels = new ChannelNames({ ...parts, records: parts.groups, query })
    this.presence = new Presence(this.sock)
    this.transfer = new MediaTransfer(this.sock, certificate)
    parts.auth.onFault = (error) => this.storageFailed(error)
    this.pairing = new Pairing(
      { ...parts, sock: this.sock, passkeyTimes: parts.passkeyTimes ?? passkeyTimes },
      { view: (view) => this.showPairing(view), failed: (reason) => this.end(reason) },
    )
    this.limits = new LimitWatch({ ...parts, sock: this.sock })
    this.listen()
    this.watch = setInterval(() => this.checkLife(), 1000)
  }

  /** Returns the client version of this login; undefined: the library's own. */
  get version(): WAVersion | undefined {
    return this.parts.version
  }

  /** Returns the account's identity, once linked. */
  get me(): OwnIdentity | undefined {
    const { me } = this.parts.auth.creds
    return me && { id: me.id, lid: me.lid ?? '' }
  }

  /** Returns WhatsApp's current time, derived from the login. */
  time(): Date | undefined {
    return this.loggedIn && new Date(this.loggedIn.time + performance.now() - this.loggedIn.at)
  }

  /** Returns the transfer of files; undefined while the socket cannot be used. */
  get files(): FileTransfer | undefined {
    return this.ended || this.stage !== 'open' ? undefined : this.transfer
  }

  /** Tries to send. Never throws: every failure is an outcome. */
  async send(message: OutgoingMessage): Promise<SendOutcome> {
    if (this.ended || this.stage !== 'open') return { kind: 'retry', why: 'not connected' }
    const ack = this.acks.wait(message.waId, ackDeadlineMs)
    try {
      const { jid } = message
      const member = jid.endsWith('@g.us') ? this.groups.isMember(jid) : true
      const may = await Promise.race([member, ack.then(() => undefined)])
      if (may === undefined) return { kind: 'retry', why: 'WhatsApp does not answer' }
      if (!may) return { kind: 'refused', reason: 'not_in_group', detail: null }
      const relayed = this.sock.relayMessage(jid, toProto(message), stanzaOf(message))
      // The deadline overtakes a relay that hangs in a query, and its late failure no longer matters.
      relayed.catch(() => undefined)
      await Promise.race([relayed, ack])
      const outcome = toOutcome(await ack, jid)
      if (outcome.kind === 'refused' && outcome.reason !== 'refused') this.limits.refused()
      return outcome
    } catch (error) {
      this.parts.log.warn(
        { account: this.parts.accountId, err: error },
        'a message could not be handed to WhatsApp',
      )
      return { kind: 'retry', why: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Ends a pairing as if its codes had expired: the next connection gets new ones. */
  renewCodes(): void {
    this.end('pairing_expired')
  }

  /** Asks WhatsApp to remove this device. @returns false if it does not confirm that in time */
  async logOut(): Promise<boolean> {
    const { me } = this
    if (this.ended || this.stage !== 'open' || !me) return false
    this.finish()
    const loggedOut = await forgetDevice(this.sock, me.id, logOutDeadlineMs)
    if (!loggedOut)
      this.parts.log.warn({ account: this.parts.accountId }, 'the device could not be logged out')
    return loggedOut
  }

  async typing(jid: string, on: boolean): Promise<void> {
    if (!this.ended && this.stage === 'open') await this.presence.typing(jid, on)
  }

  async listenForTyping(jid: string): Promise<void> {
    if (!this.ended && this.stage === 'open') await this.presence.listen(jid)
  }

  async markRead(jid: string, messages: readonly MessageToRead[]): Promise<void> {
    if (!this.ended && this.stage === 'open') await this.presence.markRead(jid, messages)
  }

  /** Asks the phone for a message. The library does so, too, but gives up after five attempts of the sender. */
  async askPhone({ chatJid, waId, fromMe, participant }: MessageKey): Promise<boolean> {
    if (this.ended || this.stage !== 'open') return false
    const key = { remoteJid: chatJid, id: waId, fromMe, ...(participant === null ? {} : { participant }) }
    // Returns nothing while an earlier request is under way.
    return (await this.sock.requestPlaceholderResend(key)) !== undefined
  }

  /** Ends the socket without reporting it. */
  async close(): Promise<void> {
    this.finish()
    this.sock.ev.removeAllListeners('connection.update')
    void this.sock.end(undefined).catch(() => undefined)
    cutSocket(this.sock)
    await this.parts.auth.settled()
  }

  private listen(): void {
    const { ev, ws } = this.sock
    const { accountId, inbound, presence, auth, signal, log } = this.parts
    const fault = (error: unknown) =>
      log.error({ account: accountId, err: error }, 'a report of WhatsApp could not be stored')
    ev.on('connection.update', (update) => this.connectionUpdate(update))
    ev.on('creds.update', (update) => {
      auth.credsChanged(fault)
      // The first app state key has come: the address book can be read now.
      if (update.myAppStateKeyId && this.stage === 'open') readAddressBook(this.sock, this.parts)
    })
    ev.on('contacts.upsert', (contacts) => {
      const names = contacts.map(contactName).filter((name) => name !== undefined)
      if (names.length > 0) inbound.names(accountId, names).catch(fault)
      storeMappings(this.parts, contactMappings(contacts), new Date()).catch(fault)
    })
    ev.on('messages.upsert', ({ messages }) => {
      // Decrypted messages come from the journal; these could not be decrypted.
      const stubs = messages
        .filter(({ messageStubType }) => messageStubType === proto.WebMessageInfo.StubType.CIPHERTEXT)
        .map((message) => {
          const about = { me: this.me, now: this.time() }
          return undecryptableMessage(message, signal.arrivalOf(message.key.id ?? ''), about)
        })
      const kept = stubs.filter((message) => message !== undefined)
      if (kept.length > 0) inbound.messages(accountId, kept).catch(fault)
      const lost = stubs.filter((message) => !message).map(() => 'no_chat' as const)
      if (lost.length > 0) inbound.unkept?.(accountId, lost)
    })
    ws.on('frame', () => (this.lastFrameAt = performance.now()))
    ws.on('error', () => (this.networkError = true))
    // On an HTTP response in place of the upgrade the library would wait for ever.
    ws.on('unexpected-response', () => this.end('service_unavailable'))
    ws.on('CB:ack,class:message', (node: BinaryNode) => this.acks.receive(node))
    ws.prependListener('CB:success', ({ attrs }: BinaryNode) => {
      const seconds = Number(attrs['t'])
      if (seconds > 0) this.loggedIn = { time: seconds * 1000, at: performance.now() }
      signal.loggedIn()
    })
    ws.on('CB:ib,,offline', () => signal.backlog.sent())
    ws.prependListener('CB:iq,,pair-success', () => (this.pairingFault = true))
    const { groups, channels } = this
    listenToGroups(this.sock, { accountId, presence, inbound, me: () => this.me, groups, channels, fault })
    const receipts = (node: BinaryNode) => {
      const reading = this.me && ownReading(node, this.me)
      if (reading) return presence.readElsewhere(accountId, reading)
      const receipt = this.me && readReceipt(node, this.me)
      return receipt && inbound.receipts(accountId, [receipt])
    }
    storeFirst(ws, 'CB:receipt', receipts, fault)
    this.feedMessages()
  }

  /** Stores an unencrypted message, which never enters the journal, before the library acknowledges it. */
  private async hand(node: BinaryNode, handlers: readonly StanzaHandler[]): Promise<void> {
    const { accountId, inbound, log, signal, keptPosts } = this.parts
    try {
      const at = signal.arrivalOf(node.attrs['id'] ?? '') ?? new Date()
      const incoming = this.me && unencrypted(node, this.me, { ...keptPosts, at, now: this.time() })
      if (incoming) await inbound.messages(accountId, [incoming])
      if (incoming) this.channels.noticePost(node.attrs['from'] ?? '')
      const lost = this.me && !incoming ? whyLost(node, this.me, keptPosts) : undefined
      if (lost) inbound.unkept?.(accountId, [lost])
    } catch (error) {
      log.error({ account: accountId, err: error }, 'a message without encryption could not be stored')
      return
    }
    await Promise.all(handlers.map((handle) => handle(node)))
  }

  /** Replaces Baileys' message handler by ours, which passes it one message after another. */
  private feedMessages(): void {
    const { ws } = this.sock
    ws.on('CB:message', (node: BinaryNode) => {
      this.parts.signal.noteStanza(node)
      this.admission.take(node)
    })
  }

  private connectionUpdate(update: Partial<Update>): void {
    if (this.ended) return
    if (update.isNewLogin) {
      this.pairingFault = false
      this.pairing.stop()
    }
    if (update.connection === 'open') this.open()
    if (update.connection === 'close') this.end(this.reasonOf(update))
  }

  private showPairing(view: PairingView): void {
    if (this.ended) return
    this.stage = 'pairing'
    this.events.pairing(view)
  }

  private reasonOf(update: Partial<Update>): CloseReason {
    const close = closeOf(update)
    if (this.pairingFault && close.status !== 401) return 'pairing_refused'
    return closeReason({ ...close, stage: this.stage, networkError: this.networkError })
  }

  private open(): void {
    const { accountId, inbound, log } = this.parts
    const phone = phoneOf(bareJid(this.me?.id ?? ''))
    if (phone === null) return
    const lid = this.me?.lid ? bareJid(this.me.lid) : null
    this.stage = 'open'
    inbound
      .identified(accountId, { phone, lid })
      .then((answer) => {
        if (this.ended) return
        if (answer === 'refused') return this.refuse()
        this.admission.open()
        this.events.opened(answer === 'other_number')
        this.limits.start()
      })
      .catch((error: unknown) => {
        log.error({ account: accountId, err: error }, 'the number could not be stored')
        this.end('storage_failed')
      })
  }

  /** Logs out a phone that the account is not for. */
  private async refuse(): Promise<void> {
    await this.logOut()
    cutSocket(this.sock)
    this.events.closed('number_mismatch')
  }

  /**
   * Cuts the socket at once, since keys or journal cannot be written: before the library can acknowledge the message
   * or ask for it again, so that WhatsApp keeps it.
   */
  private storageFailed(error: unknown): void {
    if (this.ended) return
    this.parts.log.error(
      { account: this.parts.accountId, err: error },
      'keys cannot be stored; the connection is cut',
    )
    rawSocketOf(this.sock)?.terminate()
    this.end('storage_failed')
  }

  private checkLife(): void {
    const now = performance.now()
    // A stuck backlog must not block new messages for ever.
    this.feed.resume()
    if (this.stage === 'connecting' && now - this.startedAt > connectDeadlineMs) this.end('timed_out')
    // Baileys notices a dead peer too, but reports it only after the closing handshake has timed out as well.
    if (this.stage === 'open' && now - this.lastFrameAt > silenceLimitMs) this.end('timed_out')
  }

  private end(reason: CloseReason): void {
    if (this.ended) return
    this.finish()
    void this.sock.end(undefined).catch(() => undefined)
    cutSocket(this.sock)
    this.events.closed(reason)
  }

  private finish(): void {
    this.ended = true
    clearInterval(this.watch)
    this.limits.stop()
    this.pairing.stop()
    this.admission.close()
    this.feed.end()
    this.groups.stop()
    this.channels.stop()
    this.presence.stop()
    this.acks.giveUp()
    void this.transfer.close()
  }

  /** Looks up the jid of a number in WhatsApp's spelling; null if unknown. Rejects without an answer in time. */
  async lookUp(phone: string): Promise<string | null> {
    if (this.ended || this.stage !== 'open') throw new Error('not connected')
    return lookUp(this.sock, phone)
  }
}

import type { AccountId, ConversationId, MessageId } from '../../core/ids.ts'
import type { ChatKind } from '../chats/chat.ts'
import type { ConnectionState } from '../accounts/connection.ts'
import type { GroupMode } from '../chats/group.ts'
import type {
  ChatAddress,
  ContactName,
  Incoming,
  IncomingChange,
  IncomingMessage,
  LidMapping,
  Receipt,
} from './incoming.ts'
import { phoneJid } from '../../core/jid.ts'
import { previewOf } from './message.ts'
import type { SentContent } from './outgoing.ts'
import type { RestrictionReport } from '../sending/rules/restriction.ts'
import type { Identification, Inbound, SealedContents } from '../../core/ports.ts'
import type { UnkeptReason } from './unkept.ts'
import { switchOnIfEmpty } from '../bot/queries/bot-chats.ts'
import { clearUnread, countMessage, refreshPreview } from '../chats/queries/chats.ts'
import type { ChatSeen } from '../contacts/queries/chat-addresses.ts'
import { nameCustomer } from '../contacts/queries/customers.ts'
import { pruneEarlyChanges } from './queries/early-changes.ts'
import { appendEvent } from '../events/queries/events.ts'
import { findPhonesOf } from '../contacts/queries/lid-mappings.ts'
import { fillIn, findSentContent, setConversation } from './queries/messages.ts'
import { rowOfArrival } from './arrived-row.ts'
import { insertArrived } from './queries/insert-message.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import { removeUndecrypted } from './queries/undecrypted.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import { identify } from '../accounts/account-number.ts'
import { rememberSender } from '../chats/group-senders.ts'
import { beginBatch, takeMapping, takeName } from '../contacts/contact-sync.ts'
import type { InboundContext } from '../contacts/contact-sync.ts'
import { noteAdLead } from '../bot/ad-leads.ts'
import { answersCall, raisePriority, learnTimer } from './after-message.ts'
import { changeAccountStatus, statusOf } from '../accounts/account-status.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'
import { learnSecret, applyPendingChanges, applyPendingChangesFor, applyChange } from './changes.ts'
import type { ChangeRules, Taken } from './changes.ts'
import { noteFile } from '../media/media-arrivals.ts'
import type { FetchRules } from '../media/media-arrivals.ts'
import { assignConversation } from '../chats/assign-conversation.ts'
import { findOrCreateGroupChat } from '../chats/groups.ts'
import type { Erasures } from '../contacts/erasures.ts'
import type { PersonRows } from '../contacts/person-rows.ts'
import { learnPair } from '../contacts/identity.ts'
import { directionOf, findNamed, isSameMessage, nameIn, withRelated } from './named-messages.ts'
import { findOrCreateChat } from '../contacts/find-or-create-chat.ts'
import type { Outbox } from '../sending/outbox.ts'
import { handleOptOutKeyword } from '../sending/consent.ts'
import type { SaidWord } from '../sending/consent.ts'
import { heardRestriction } from '../sending/restrictions.ts'
import { changeStatus } from './statuses.ts'
import { takeOver } from '../chats/takeover.ts'
import { noteUndecrypted } from './undecrypted.ts'
import type { Unkept } from './unkept-counts.ts'

const maxWaitMs = 30 * 24 * 60 * 60_000

/** What the inbox needs. */
export interface InboxParts {
  store: Store
  settings: AccountSettings
  clock: Clock
  /** How long the bot stays silent after a person wrote on the phone, in milliseconds. */
  humanMs: number
  groupMode: GroupMode
  /** Kinds of chats that are not kept. */
  ignored: ReadonlySet<ChatKind>
  /** Whether former versions of edited and deleted messages are kept for the owner. */
  keepFormer: boolean
  /** The text that answers a call; null if calls are not answered. */
  callReply?: string | null
  fetchRules: FetchRules
  /** Notified when there is a file to fetch. */
  mediaQueued: Notifier
  /** Notified when a waiting message may go. */
  outboxChanged: Notifier
  outbox: Pick<Outbox, 'enqueue' | 'wake'>
  consent: Pick<SaidWord, 'words' | 'languages'>
  contents: SealedContents
  erasures: Erasures
  personRows: PersonRows
  unkept: Pick<Unkept, 'note'>
}

/** Turns what WhatsApp delivers into rows and events, one transaction per batch. Everything may come twice. */
export class Inbox implements Inbound {
  private readonly parts: InboxParts

  constructor(parts: InboxParts) {
    this.parts = parts
  }

  private rules(accountId: AccountId): ChangeRules {
    const lost = (reason: UnkeptReason) => this.lost(accountId, reason)
    return {
      keepFormer: this.parts.keepFormer,
      now: this.parts.clock.now(),
      contents: this.parts.contents,
      lost,
    }
  }

  unkept(accountId: AccountId, reasons: readonly UnkeptReason[]): void {
    this.parts.unkept.note(accountId, reasons)
  }

  /** Counts after the commit: a transaction may be repeated. */
  private lost(accountId: AccountId, reason: UnkeptReason): void {
    this.parts.store.afterCommit(() => this.parts.unkept.note(accountId, [reason]))
  }

  async messages(accountId: AccountId, batch: readonly Incoming[]): Promise<void> {
    const { botNewChats } = (await this.parts.settings.get(accountId)).settings
    await this.parts.store.write(async (trx) => {
      const context = await this.contextOf(trx, accountId, this.parts.clock.now(), batch[0]?.chat)
      for (const incoming of batch) {
        if ('change' in incoming) await this.change(trx, context, incoming)
        else await this.take(trx, context, incoming, botNewChats)
        await this.openWaiting(trx, context)
      }
    })
  }

  async receipts(accountId: AccountId, batch: readonly Receipt[]): Promise<void> {
    await this.parts.store.write(async (trx) => {
      for (const receipt of batch) {
        const change = { status: receipt.status, reason: null, detail: null, at: receipt.at }
        for (const waId of receipt.waIds) await changeStatus(trx, accountId, waId, change)
      }
    })
  }

  async names(accountId: AccountId, batch: readonly ContactName[]): Promise<void> {
    const at = this.parts.clock.now()
    await this.parts.store.write(async (trx) => {
      const context = await this.contextOf(trx, accountId, at)
      for (const name of batch) await takeName(trx, context, name)
      await this.openWaiting(trx, context)
    })
  }

  async mappings(accountId: AccountId, batch: readonly LidMapping[], seenAt: Date): Promise<void> {
    // The phone repeats the same people with every part of its history: known mappings cost no write.
    const lids = batch.map(({ lid }) => lid)
    const known = await findPhonesOf(this.parts.store.read, accountId, lids)
    if (batch.every(({ lid, phone }) => known.get(lid) === phone)) return
    const at = this.parts.clock.now()
    await this.parts.store.write(async (trx) => {
      const context = { ...(await this.contextOf(trx, accountId, at)), seenAt }
      for (const { lid, phone } of batch) {
        if (known.get(lid) === phone) continue
        await takeMapping(trx, context, { lid, phone })
      }
      await this.openWaiting(trx, context)
    })
  }

  async connection(accountId: AccountId, state: ConnectionState): Promise<void> {
    const status = statusOf(state)
    if (status === undefined) return
    const reason = 'reason' in state ? state.reason : null
    await this.parts.store.write((trx) =>
      changeAccountStatus(trx, accountId, { status, reason }, this.parts.clock.now()),
    )
  }

  async restricted(accountId: AccountId, report: RestrictionReport): Promise<void> {
    await this.parts.store.write((trx) => heardRestriction(trx, accountId, report, this.parts.clock.now()))
    // Also without a change: an answer can confirm what was only our guess.
    this.parts.outboxChanged.notify()
  }

  identified(accountId: AccountId, identity: { phone: string; lid: string | null }): Promise<Identification> {
    return this.parts.store.write((trx) => identify(trx, accountId, identity, this.parts.clock.now()))
  }

  sentContent(accountId: AccountId, waId: string): Promise<SentContent | undefined> {
    return findSentContent(this.parts.store.read, accountId, waId)
  }

  /** Deletes changes whose messages have not come within a month. */
  async prune(): Promise<void> {
    const before = new Date(this.parts.clock.now().getTime() - maxWaitMs)
    await this.parts.store.write(async (trx) => {
      for (const accountId of await pruneEarlyChanges(trx, before)) this.lost(accountId, 'target_missing')
    })
  }

  private contextOf(trx: Trx, accountId: AccountId, at: Date, first?: ChatAddress): Promise<InboundContext> {
    const { erasures, personRows: rows } = this.parts
    return beginBatch(trx, { accountId, at, rows, erasures }, first)
  }

  /** Applies what waited for two addresses to be known as one person's. */
  private async openWaiting(trx: Trx, { accountId, learnt }: InboundContext): Promise<void> {
    for (const { lid, phone } of learnt.splice(0)) {
      await applyPendingChangesFor(trx, accountId, [lid, phoneJid(phone)], this.rules(accountId))
    }
  }

  private async change(trx: Trx, context: InboundContext, incoming: IncomingChange): Promise<Taken> {
    const { accountId, erased } = context
    const fate = (await erased?.decideForErased(incoming)) ?? 'any'
    if (this.parts.ignored.has(incoming.chat.kind) || fate === 'never') {
      this.lost(accountId, fate === 'never' ? 'erased' : 'switched_off')
      return 'made'
    }
    const seenAt = incoming.origin === 'history' ? incoming.at : context.at
    if (!incoming.fromMe && fate === 'any') await learnPair(trx, incoming.by, { ...context, seenAt })
    const taken = await applyChange(trx, accountId, incoming, {
      ...this.rules(accountId),
      waits: fate === 'any',
    })
    // It may have changed what is known of the chat.
    context.seen.clear()
    // The file of a deleted message goes at once.
    if (incoming.change.kind === 'delete') this.parts.store.afterCommit(() => this.parts.mediaQueued.notify())
    return taken
  }

  private async take(
    trx: Trx,
    context: InboundContext,
    given: IncomingMessage,
    botNewChats: boolean,
  ): Promise<void> {
    const { accountId, at, erased } = context
    const silent = given.origin === 'history'
    const inGroup = given.chat.kind === 'group'
    if (this.parts.ignored.has(given.chat.kind)) return this.lost(accountId, 'switched_off')
    if (await erased?.includes(given.chat, { at: given.sentAt, origin: given.origin })) {
      return this.lost(accountId, 'erased')
    }
    // A change that waits for its message is no message; an undecryptable one is shown as unreadable.
    if (given.sealed && (await this.change(trx, context, given.sealed)) !== 'shut') return
    const botEnabled = botNewChats && !silent && !given.fromMe && given.chat.kind === 'person'
    const seenAt = silent ? given.sentAt : at
    const met = await findOrCreateChat(trx, { ...context, address: given.chat, seenAt, silent, botEnabled })
    const chat = inGroup
      ? await findOrCreateGroupChat(trx, { accountId, chat: met, mode: this.parts.groupMode, at })
      : met
    await rememberSender(trx, { ...context, seenAt }, given)
    if (botEnabled && chat.messageCount === 0) await switchOnIfEmpty(trx, chat.id)
    const name = { accountId, chatId: chat.id, ...nameIn(given) }
    const message = await withRelated(trx, name, given)
    // Two members of a group may use one id: their addresses tell whether it is the same message.
    const known = given.participant === null ? undefined : await findNamed(trx, name)
    if (known && isSameMessage(known, message)) return this.complete(trx, accountId, chat, { message, at })
    const isReported = message.kind !== 'undecryptable' && !silent
    const row = rowOfArrival(message, { accountId, chatId: chat.id, at })
    const arrived = await insertArrived(trx, row, { joins: isReported && chat.customerId !== null })
    if (!arrived) return this.complete(trx, accountId, chat, { message, at })
    const { id, conversationId } = arrived
    await this.noteFile(trx, accountId, { message, messageId: id, at })
    await this.count(trx, chat, message, id)
    if (!message.fromMe && (await raisePriority(trx, chat, message, at))) {
      this.parts.store.afterCommit(() => this.parts.outboxChanged.notify())
    }
    if (message.kind === 'undecryptable') {
      await noteUndecrypted(trx, { messageId: id, accountId, chatId: chat.id }, at)
    } else if (isReported) {
      await this.report(trx, accountId, chat, { message, id, at, conversationId })
      await learnTimer(trx, chat, message)
    }
    if (!arrived.isAwaited) return
    await applyPendingChanges(trx, { accountId, chat, waId: message.waId, ...this.rules(accountId) })
    context.seen.clear()
  }

  /** Completes a message that exists already; reports it only if its content was missing. */
  private async complete(
    trx: Trx,
    accountId: AccountId,
    chat: ChatSeen,
    { message, at }: { message: IncomingMessage; at: Date },
  ): Promise<void> {
    if (message.kind === 'undecryptable') return
    const known = await findNamed(trx, { accountId, chatId: chat.id, ...nameIn(message) })
    const id = known && (await fillIn(trx, known.id, message))
    if (id === undefined) return learnSecret(trx, message, { accountId, chat, ...this.rules(accountId) })
    await this.noteFile(trx, accountId, { message, messageId: id, at })
    await removeUndecrypted(trx, id)
    await refreshPreview(trx, chat.id, { messageId: id, preview: previewOf(message) })
    await this.report(trx, accountId, chat, { message, id, at, conversationId: null })
    await applyPendingChanges(trx, { accountId, chat, waId: message.waId, ...this.rules(accountId) })
  }

  private async noteFile(
    trx: Trx,
    accountId: AccountId,
    about: { message: IncomingMessage; messageId: MessageId; at: Date },
  ): Promise<void> {
    const isWork = await noteFile(trx, this.parts.fetchRules, { ...about, accountId })
    if (isWork) this.parts.store.afterCommit(() => this.parts.mediaQueued.notify())
  }

  private async count(trx: Trx, chat: ChatSeen, message: IncomingMessage, id: MessageId): Promise<void> {
    await countMessage(trx, chat.id, {
      id,
      customerId: chat.customerId,
      sentAt: message.sentAt,
      preview: previewOf(message),
      direction: directionOf(message),
      unread: !message.fromMe && message.origin !== 'history',
      confirms: true,
    })
    chat.messageCount += 1
    // A person who answers on the phone has read the chat; an old answer from the history says nothing of today.
    if (message.fromMe && message.origin !== 'history') await clearUnread(trx, chat.id)
  }

  private async report(
    trx: Trx,
    accountId: AccountId,
    chat: ChatSeen,
    { message, id, at, conversationId }: Reported,
  ): Promise<void> {
    const { pushName } = message
    const customerId = message.chat.kind === 'person' ? chat.customerId : null
    if (customerId !== null && !message.fromMe && pushName !== null && pushName !== chat.pushName) {
      const { changed } = await nameCustomer(trx, customerId, { pushName }, at)
      const data = { customerId }
      // The name that comes with the first message is part of the customer's creation.
      if (changed && chat.pushName !== null) {
        await appendEvent(trx, { name: 'customer.updated', accountId, chatId: chat.id, data }, at)
      }
      chat.pushName = pushName
    }
    const counted = await assignConversation(trx, accountId, chat, at)
    if (counted !== null && counted !== conversationId) await setConversation(trx, id, counted)
    if (message.fromMe) {
      await takeOver(trx, { accountId, chatId: chat.id, operatorId: null, forMs: this.parts.humanMs, at })
    }
    const name = message.fromMe ? 'message.sent' : 'message.received'
    await appendEvent(trx, { name, accountId, chatId: chat.id, data: { messageId: id, chatId: chat.id } }, at)
    const reply = this.parts.callReply ?? null
    if (await answersCall(trx, { chatId: chat.id, messageId: id, at, reply }, message)) {
      await this.say(trx, { accountId, chat }, message, reply ?? '')
    }
    if (!message.fromMe && message.kind === 'text' && message.chat.kind === 'person') {
      await noteAdLead(trx, { accountId, chat }, message, at)
      await this.obey(trx, { accountId, chat }, { ...message, id }, at)
    }
  }

  /**
   * Obeys the words by which a customer stops advertising or wants it back, and confirms once. A tapped option is no
   * word.
   */
  private async obey(trx: Trx, to: Recipient, message: Written, at: Date): Promise<void> {
    if (message.kind === 'text' && message.details?.choice) return
    const said = { ...this.parts.consent, id: message.id, text: message.text, phone: message.chat.phone }
    const person = { accountId: to.accountId, chatId: to.chat.id }
    const text = await handleOptOutKeyword(trx, person, said, at)
    if (text !== undefined) await this.say(trx, to, message, text)
  }

  private async say(
    trx: Trx,
    to: Recipient,
    { chat: { phone, lid } }: IncomingMessage,
    text: string,
  ): Promise<void> {
    const jid = phone === null ? lid : phoneJid(phone)
    if (jid === null) return
    await this.parts.outbox.enqueue(trx, to.accountId, { jid, text, author: 'api' })
    to.chat.hasQueued = true
    this.parts.outbox.wake()
  }
}

interface Recipient {
  accountId: AccountId
  chat: ChatSeen
}

type Written = IncomingMessage & { id: MessageId }

/** A message that others hear of now. */
interface Reported {
  message: IncomingMessage
  id: MessageId
  at: Date
  /** The conversation in which it is stored; null where it is in none yet. */
  conversationId: ConversationId | null
}

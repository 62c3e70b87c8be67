import type { AccountId } from '../../core/ids.ts'
import { phoneJid } from '../../core/jid.ts'
import type { SealedContents } from '../../core/ports.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Trx } from '../../db/tables.ts'
import type { GroupMode } from '../chats/group.ts'
import type { BatchPeople } from '../contacts/batch-people.ts'
import { learnPair } from '../contacts/identity.ts'
import type { Arrival, Reaction } from './arrival.ts'
import { applyChange, applyPendingChanges, applyPendingChangesFor, learnSecret } from './changes/changes.ts'
import type { ChangeOutcome, ChangeRules } from './changes/changes.ts'
import { fateOfChange, whyDropped } from './drop-reason.ts'
import type { IgnoredKinds } from './drop-reason.ts'
import type { Incoming, IncomingChange, IncomingMessage } from '../../core/messages/incoming.ts'
import { placeMessage } from './place-message.ts'
import { setTimer } from '../chats/records.ts'
import { reportMessage } from './report-message.ts'
import { storeMessage } from './store-message.ts'
import type { FileRules } from './store-message.ts'
import type { UnkeptCounts } from './unkept-counts.ts'

/** What the arrivals need. */
export interface ArrivalParts extends FileRules {
  /** How long the bot stays silent after a person wrote on the phone, in milliseconds. */
  humanMs: number
  groupMode: GroupMode
  ignored: IgnoredKinds
  /** Whether former versions of edited and deleted messages are kept for the owner. */
  keepFormer: boolean
  contents: SealedContents
  /** What other features do about a message, in this order. */
  reactions: readonly Reaction[]
  unkept: Pick<UnkeptCounts, 'noteOnCommit'>
}

/**
 * The way of what comes in, in the transaction of its batch: it is dropped or kept, placed in its chat, stored,
 * reported and reacted to. Each stage takes what the one before returned.
 */
export class Arrivals {
  private readonly parts: ArrivalParts

  constructor(parts: ArrivalParts) {
    this.parts = parts
  }

  /** Takes in a message or a change; the second time it changes nothing. */
  async take(
    trx: Trx,
    incoming: Incoming,
    people: BatchPeople,
    { botNewChats }: { botNewChats: boolean },
  ): Promise<void> {
    if ('change' in incoming) await this.takeChange(trx, incoming, people)
    else await this.takeMessage(trx, incoming, people, botNewChats)
    await this.applyLearnt(trx, people)
  }

  /** Applies the changes that waited for two addresses to be known as one person's. */
  async applyLearnt(trx: Trx, { accountId, at, learnt }: BatchPeople): Promise<void> {
    for (const { lid, phone } of learnt.splice(0)) {
      await applyPendingChangesFor(trx, [lid, phoneJid(phone)], this.rules(trx, accountId, at))
    }
  }

  private async takeMessage(
    trx: Trx,
    given: IncomingMessage,
    people: BatchPeople,
    botNewChats: boolean,
  ): Promise<void> {
    const { groupMode, ignored, unkept, humanMs, reactions } = this.parts
    const { accountId, at } = people
    const dropped = await whyDropped(given, people, ignored)
    if (dropped) return unkept.noteOnCommit(trx, accountId, dropped)
    // A change that waits for its message is no message; an undecryptable one is shown as unreadable.
    if (given.sealed && (await this.takeChange(trx, given.sealed, people)) !== 'shut') return
    const placed = await placeMessage(trx, given, people, { groupMode, botNewChats })
    const rules = { ...this.rules(trx, accountId, at), chat: placed.chat }
    const arrival = await storeMessage(trx, placed, this.parts)
    if (!arrival) return learnSecret(trx, placed.message, rules)
    if (arrival.isReported) await reportMessage(trx, arrival, humanMs)
    for (const react of reactions) await react(trx, arrival)
    if (arrival.isNew && arrival.isReported) await learnTimer(trx, arrival)
    if (!arrival.isAwaited) return
    await applyPendingChanges(trx, arrival.message.waId, rules)
    people.seen.clear()
  }

  private async takeChange(trx: Trx, incoming: IncomingChange, people: BatchPeople): Promise<ChangeOutcome> {
    const { ignored, unkept, mediaQueued } = this.parts
    const { accountId, at } = people
    const fate = await fateOfChange(incoming, people, ignored)
    if ('dropped' in fate) {
      unkept.noteOnCommit(trx, accountId, fate.dropped)
      return 'made'
    }
    const seenAt = incoming.origin === 'history' ? incoming.at : at
    if (!incoming.fromMe && fate.waits) await learnPair(trx, incoming.by, { ...people, seenAt })
    const chats = await people.seen.find(trx, accountId, incoming.chat)
    const rules = { ...this.rules(trx, accountId, at), ...fate }
    const outcome = await applyChange(trx, incoming, chats, rules)
    // It may have changed what is known of the chat.
    people.seen.clear()
    // The file of a deleted message goes at once.
    if (incoming.change.kind === 'delete') afterCommit(trx, () => mediaQueued.notify())
    return outcome
  }

  private rules(trx: Trx, accountId: AccountId, now: Date): ChangeRules {
    const { keepFormer, contents, unkept } = this.parts
    return {
      accountId,
      keepFormer,
      now,
      contents,
      lost: (reason) => unkept.noteOnCommit(trx, accountId, reason),
    }
  }
}

/** Learns the chat's timer, which phones repeat in each message that has a field for it. */
async function learnTimer(trx: Trx, { chat, message }: Arrival): Promise<void> {
  const { kind, details, sentAt } = message
  if (kind === 'unsupported' || details?.viewOnce) return
  const seconds = details?.disappearsAfter ?? 0
  if (chat.timerSeconds === seconds) return
  await setTimer(trx, chat.id, { seconds, at: sentAt })
  // Something newer may have said otherwise.
  chat.timerSeconds = null
}

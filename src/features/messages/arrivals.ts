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
import type { Incoming, IncomingMessage } from '../../core/messages/incoming.ts'
import { judge } from './judge.ts'
import type { IgnoredKinds, Verdict } from './judge.ts'
import { placeMessage } from './place-message.ts'
import { setTimer } from '../chats/records.ts'
import { reportMessage } from './report-message.ts'
import { storeMessage } from './store-message.ts'
import type { FileRules } from './store-message.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'

/** Holds the dependencies and settings of the arrivals. */
export interface ArrivalParts extends FileRules {
  /** Milliseconds that the bot stays silent after a person wrote on the phone. */
  humanMs: number
  groupMode: GroupMode
  ignored: IgnoredKinds
  /** True if former versions of edited and deleted messages are kept for the owner. */
  keepFormer: boolean
  contents: SealedContents
  /** Reactions of other features to a message, in this order. */
  reactions: readonly Reaction[]
}

/** Holds a batch on its way in. */
export interface Batch extends BatchPeople {
  /** Collects the reasons why parts of it are not kept. */
  dropped: UnkeptReason[]
}

/**
 * Takes in the messages and changes of a batch, in its transaction: each is dropped or kept, placed in its chat, stored,
 * reported and reacted to. Each stage takes the result of the one before.
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
    batch: Batch,
    { botNewChats }: { botNewChats: boolean },
  ): Promise<void> {
    const verdict = await judge(incoming, batch, this.parts.ignored)
    if (verdict.kind === 'dropped') batch.dropped.push(verdict.reason)
    if (verdict.kind === 'change') {
      const outcome = await this.takeChange(trx, verdict, batch)
      // A change that waits for its message is no message; one that cannot be decrypted is shown as unreadable.
      if (outcome === 'shut' && verdict.envelope)
        await this.takeMessage(trx, verdict.envelope, batch, botNewChats)
    }
    if (verdict.kind === 'message') await this.takeMessage(trx, verdict.message, batch, botNewChats)
    await this.applyLearnt(trx, batch)
  }

  /** Applies the changes that waited for two addresses to be known as one person's. */
  async applyLearnt(trx: Trx, batch: Batch): Promise<void> {
    for (const { lid, phone } of batch.learnt.splice(0)) {
      await applyPendingChangesFor(trx, [lid, phoneJid(phone)], this.rulesOf(batch))
    }
  }

  private async takeMessage(
    trx: Trx,
    message: IncomingMessage,
    batch: Batch,
    botNewChats: boolean,
  ): Promise<void> {
    const { groupMode, humanMs, reactions } = this.parts
    const placed = await placeMessage(trx, message, batch, { groupMode, botNewChats })
    const rules = { ...this.rulesOf(batch), chat: placed.chat }
    const arrival = await storeMessage(trx, placed, this.parts)
    if (!arrival) return learnSecret(trx, placed.message, rules)
    if (arrival.isReported) await reportMessage(trx, arrival, humanMs)
    for (const react of reactions) await react(trx, arrival)
    if (arrival.isNew && arrival.isReported) await learnTimer(trx, arrival)
    if (!arrival.isAwaited) return
    await applyPendingChanges(trx, arrival.message.waId, rules)
    batch.seen.forget()
  }

  private async takeChange(
    trx: Trx,
    { change: incoming, waits }: Extract<Verdict, { kind: 'change' }>,
    batch: Batch,
  ): Promise<ChangeOutcome> {
    const { accountId, at } = batch
    const seenAt = incoming.origin === 'history' ? incoming.at : at
    if (!incoming.fromMe && waits) await learnPair(trx, incoming.by, { ...batch, seenAt })
    const chats = await batch.seen.find(trx, accountId, incoming.chat)
    const outcome = await applyChange(trx, incoming, chats, { ...this.rulesOf(batch), waits })
    // It may have changed the stored chat.
    batch.seen.forget()
    // The file of a deleted message goes at once.
    if (incoming.change.kind === 'delete') afterCommit(trx, () => this.parts.mediaQueued.notify())
    return outcome
  }

  private rulesOf({ accountId, at: now, dropped }: Batch): ChangeRules {
    const { keepFormer, contents } = this.parts
    return { accountId, keepFormer, now, contents, dropped }
  }
}

/** Learns the chat's timer, which phones repeat in each message that has a field for it. */
async function learnTimer(trx: Trx, { chat, message }: Arrival): Promise<void> {
  const { kind, details, sentAt } = message
  if (kind === 'unsupported' || details?.viewOnce) return
  const seconds = details?.disappearsAfter ?? 0
  if (chat.timerSeconds === seconds) return
  await setTimer(trx, chat.id, { seconds, at: sentAt })
  // A newer message may have said otherwise.
  chat.timerSeconds = null
}

import type { AccountId, ChatId, TurnId } from '../../core/ids.ts'
import { isDuplicateFile } from '../../core/message-body.ts'
import type { Account } from '../../core/account.ts'
import type { GateVerdict } from './rules/bot-gate.ts'
import type { BotConfig } from './rules/bot-settings.ts'
import { localTime } from '../../core/time/local-time.ts'
import { isEffect } from './rules/bot-tools.ts'
import { emptyRecord } from './rules/bot-turn.ts'
import type { CollectingTurn, RunningTurn, Turn, TurnReason, TurnRecord } from './rules/bot-turn.ts'
import { released, restarted, started, withMessage, withTyping } from './rules/turn-steps.ts'
import type { TurnTiming } from './rules/turn-steps.ts'
import type { EventRecord } from '../../core/events.ts'
import { required } from '../../util/required.ts'
import type { Message } from '../messages/message.ts'
import { listAllAccounts } from '../accounts/records.ts'
import { addUse, botCursor, setBotCursor } from './queries/log-and-use.ts'
import { findBotChat, setFallbackSaid } from '../chats/records.ts'
import type { BotChat } from '../chats/records.ts'
import { appendEvent, eventsAfter, newestSeq } from '../events/records.ts'
import { findMessage } from '../messages/records.ts'
import type { Store } from '../../db/store.ts'
import type { Db, Trx } from '../../db/tables.ts'
import {
  deleteTurn,
  dueTurns,
  findTurn,
  insertTurn,
  lastTurn,
  nextTurnTime,
  openTurns,
  recordTurn,
  runningTurns,
  storeTurn,
  toolCallsOf,
} from './queries/turns.ts'
import type { Clock } from '../../util/clock.ts'
import { askGate } from './bot-gate.ts'
import type { Outbox } from '../sending/outbox.ts'
import { optOut } from '../sending/consent.ts'
import { takeOver } from '../messages/takeover.ts'

const chatOf = ({ chatId, name }: EventRecord) => required(chatId, `the chat of an event ${name}`)

const brokenPauseMs = 10_000

/** One part of an answer, and its delay after the first. */
interface AnswerPart {
  text: string
  afterMs: number
}

/** Says how a turn ends. */
export interface TurnEnd {
  record: TurnRecord
  parts: readonly AnswerPart[]
  /** True if a person takes the chat. */
  handover: boolean
  optOut: boolean
}

/** Chats whose running turns must be aborted. */
export interface FollowedEvents {
  read: number
  interrupted: number[]
  /** Jids of chats in which a turn waits for the customer to finish. */
  collecting: string[]
}

/** Stores the bot's occasions to speak, so that a restart neither forgets nor repeats one. */
export class BotTurns {
  private readonly parts: BotTurnsParts

  constructor(parts: BotTurnsParts) {
    this.parts = parts
  }

  /** Lists the accounts in which the bot may act; includes test accounts. */
  accounts(): Promise<Account[]> {
    return listAllAccounts(this.parts.store.read)
  }

  /**
   * Follows an account's log and turns customers' messages into turns. Ignores messages from before the first start.
   */
  async followEvents(accountId: AccountId, timing: TurnTiming): Promise<FollowedEvents> {
    const { store, clock } = this.parts
    const after = await botCursor(store.read, accountId)
    if (after === undefined) {
      const seq = await newestSeq(store.read, accountId)
      await store.write((trx) => setBotCursor(trx, accountId, seq))
      return { read: 0, interrupted: [], collecting: [] }
    }
    const events = await eventsAfter(store.read, accountId, { after, limit: 200 })
    const last = events.at(-1)
    if (!last) return { read: 0, interrupted: [], collecting: [] }
    const interrupted: number[] = []
    const concerned = events.filter(
      (event) => event.name === 'message.received' || event.name === 'operator.joined',
    )
    // A log of receipts alone costs one small write now and then.
    if (concerned.length === 0 && events.length < 200 && last.seq - after < 50)
      return { read: 0, interrupted, collecting: [] }
    const collecting = new Set<string>()
    await store.write(async (trx) => {
      for (const event of concerned) {
        if (event.name === 'operator.joined') {
          interrupted.push(chatOf(event))
          continue
        }
        const noticed = await this.noticeMessage(trx, event, { timing, now: clock.now() })
        if (noticed === undefined) continue
        collecting.add(noticed.jid)
        if (noticed.restarts) interrupted.push(chatOf(event))
      }
      await setBotCursor(trx, accountId, last.seq)
    })
    return { read: events.length, interrupted, collecting: [...collecting] }
  }

  /** Returns the chat in which a turn waits now, and whether a running one must restart; undefined if none waits. */
  private async noticeMessage(
    trx: Trx,
    event: Extract<EventRecord, { name: 'message.received' }>,
    { timing, now }: { timing: TurnTiming; now: Date },
  ): Promise<{ jid: string; restarts: boolean } | undefined> {
    const { messageId } = event.data
    const message = await findMessage(trx, event.accountId, messageId)
    const chat = message && (await findBotChat(trx, message.chatId))
    if (!message || !chat || message.deletedAt || message.direction === 'outgoing') return undefined
    if (isDuplicateFile(message.details) || message.kind === 'call') return undefined
    const verdict = await this.ask(trx, chat, message, now)
    if (!verdict.answer) {
      await this.decline(trx, chat, message, { reason: verdict.reason, now })
      return undefined
    }
    const { collecting, running } = await openTurns(trx, chat.id)
    if (collecting) {
      await storeTurn(trx, withMessage(collecting, messageId, { now, timing }))
      return { jid: chat.jid, restarts: false }
    }
    const dueAt = new Date(now.getTime() + timing.quietMs)
    const again = running && restarted(running, { messageId, dueAt })
    if (again && !(await hasActed(trx, again.id))) {
      await storeTurn(trx, again)
      return { jid: chat.jid, restarts: true }
    }
    await insertTurn(trx, {
      accountId: chat.accountId,
      chatId: chat.id,
      kind: 'reply',
      messageId,
      openedAt: now,
      dueAt,
    })
    return { jid: chat.jid, restarts: false }
  }

  /** Lets the turn wait while the customer types or pauses, up to its limit. */
  async keepWaiting(
    accountId: AccountId,
    chatId: ChatId,
    timing: TurnTiming & { on: boolean },
  ): Promise<void> {
    await this.parts.store.write(async (trx) => {
      const { collecting } = await openTurns(trx, chatId)
      if (!collecting || collecting.accountId !== accountId) return
      await storeTurn(trx, withTyping(collecting, timing.on, { now: this.parts.clock.now(), timing }))
    })
  }

  /** Records why a message was not answered, if the bot is on in the chat; repeated reasons share a row. */
  private async decline(
    trx: Trx,
    chat: BotChat,
    message: Message,
    { reason, now }: { reason: TurnReason; now: Date },
  ): Promise<void> {
    if (!chat.botEnabled || chat.untouchable || reason === 'no_model') return
    const last = await lastTurn(trx, chat.id)
    if (last?.reason === reason && last.outcome === 'declined') return
    const { accountId, id: chatId } = chat
    const opened = {
      accountId,
      chatId,
      kind: 'reply',
      messageId: message.id,
      openedAt: now,
      dueAt: now,
    } as const
    const { collecting } = await openTurns(trx, chatId)
    const id = collecting?.id ?? (await insertTurn(trx, opened))
    const record = { ...emptyRecord, outcome: 'declined', reason } as const
    await recordTurn(trx, { id, accountId }, { record, cost: null, messageIds: [], at: now })
    if (reason === 'loop') await this.handOver(trx, chat, reason, now)
  }

  /** Restarts the turns that ran when the program ended; nothing is sent twice. */
  async recover(): Promise<void> {
    const { store, clock } = this.parts
    await store.write(async (trx) => {
      for (const turn of await runningTurns(trx)) await release(trx, turn, clock.now())
    })
  }

  /** Restarts a failed turn a little later, until it was started too often. */
  async putBack(turn: Turn): Promise<void> {
    const { store, clock } = this.parts
    await store.write(async (trx) => {
      const current = await findTurn(trx, turn.id)
      if (current?.state !== 'running') return
      await release(trx, current, new Date(clock.now().getTime() + brokenPauseMs))
    })
  }

  due(limit: number): Promise<Turn[]> {
    return dueTurns(this.parts.store.read, this.parts.clock.now(), limit)
  }

  nextDue(): Promise<Date | undefined> {
    return nextTurnTime(this.parts.store.read, this.parts.clock.now())
  }

  /**
   * Starts a turn; undefined if it is no longer due, or the bot may not speak any more, which is then its outcome.
   */
  async claim(turnId: TurnId): Promise<RunningTurn | undefined> {
    const { store, clock } = this.parts
    return store.write(async (trx) => {
      const turn = await findTurn(trx, turnId)
      const now = clock.now()
      if (!turn || turn.state !== 'collecting' || turn.dueAt > now) return undefined
      if ((await openTurns(trx, turn.chatId)).running) return undefined
      if (!(await this.stillWanted(trx, turn, now))) return undefined
      const running = started(turn)
      await storeTurn(trx, running)
      return running
    })
  }

  /**
   * Ends a turn: its answer enters the outbox in the same transaction. Checks once more whether the bot may speak.
   * False if a newer message or another outcome came first; then nothing was done.
   */
  async finish(begun: RunningTurn, end: TurnEnd): Promise<boolean> {
    const { store, clock } = this.parts
    return store.write(async (trx) => {
      const turn = await findTurn(trx, begun.id)
      if (turn?.state !== 'running' || turn.aborts !== begun.aborts) return false
      const now = clock.now()
      const chat = await findBotChat(trx, turn.chatId)
      if (!chat) return false
      const message = await this.newestMessage(trx, turn)
      const verdict = await this.ask(trx, chat, message, now)
      if (!verdict.answer) {
        await this.record(
          trx,
          turn,
          { ...end.record, outcome: 'declined', reason: verdict.reason },
          { ids: [], now },
        )
        if (verdict.reason === 'loop') await this.handOver(trx, chat, verdict.reason, now)
        return true
      }
      await this.speak(trx, { chat, turn }, end, now)
      return true
    })
  }

  private async speak(
    trx: Trx,
    { chat, turn }: { chat: BotChat; turn: Turn },
    end: TurnEnd,
    now: Date,
  ): Promise<void> {
    const { record } = end
    // First, because it cancels the bot's waiting messages, not the coming ones.
    if (end.handover) await this.handOver(trx, chat, record.reason ?? 'asked_for_a_person', now)
    const ids: number[] = []
    for (const { text, afterMs } of end.parts) {
      const dueAt = new Date(now.getTime() + afterMs)
      const message = { jid: chat.jid, text, author: 'bot', dueAt } as const
      ids.push(await this.parts.outbox.enqueue(trx, chat.accountId, message))
    }
    if (record.outcome === 'fallback') await setFallbackSaid(trx, chat, now)
    if (end.optOut) await optOut(trx, { accountId: chat.accountId, chatId: chat.id }, now)
    await this.record(trx, turn, record, { ids, now })
  }

  private async record(
    trx: Trx,
    turn: Turn,
    record: TurnRecord,
    { ids, now }: { ids: readonly number[]; now: Date },
  ): Promise<void> {
    const { prices, schedule } = this.parts.config
    const cost =
      prices && (record.inputTokens * prices.input + record.outputTokens * prices.output) / 1_000_000
    await recordTurn(trx, turn, { record, cost, messageIds: ids, at: now })
    const replies = record.outcome === 'answered' || record.outcome === 'fallback' ? 1 : 0
    const tokens = record.inputTokens + record.outputTokens
    if (replies + tokens > 0) {
      await addUse(trx, turn, localTime(now, schedule.timeZone).date, { replies, tokens, cost: cost ?? 0 })
    }
  }

  private async handOver(trx: Trx, chat: BotChat, reason: TurnReason, at: Date): Promise<void> {
    const { accountId, id: chatId } = chat
    await appendEvent(trx, { name: 'bot.handed_over', accountId, chatId, data: { chatId, reason } }, at)
    await takeOver(trx, { accountId, chatId, operatorId: null, forMs: this.parts.config.humanMs, at })
  }

  /** Returns false, with the turn ended or delayed, if the bot may not speak now. */
  private async stillWanted(trx: Trx, turn: CollectingTurn, now: Date): Promise<boolean> {
    const chat = await findBotChat(trx, turn.chatId)
    if (!chat) return false
    const verdict = await this.ask(trx, chat, await this.newestMessage(trx, turn), now)
    if (verdict.answer) return true
    if (turn.kind === 'opening' && verdict.reason === 'quiet_hours' && verdict.until) {
      // No one waits for it: it is written when the day begins.
      await storeTurn(trx, { ...turn, dueAt: verdict.until })
      return false
    }
    const { reason } = verdict
    await this.record(trx, turn, { ...emptyRecord, outcome: 'declined', reason }, { ids: [], now })
    if (reason === 'loop') await this.handOver(trx, chat, reason, now)
    return false
  }

  private async newestMessage(db: Db, turn: Turn): Promise<Message | null> {
    if (turn.lastMessageId === null) return null
    return (await findMessage(db, turn.accountId, turn.lastMessageId)) ?? null
  }

  private ask(db: Db, chat: BotChat, message: Message | null, now: Date): Promise<GateVerdict> {
    const { config, modelConfigured } = this.parts
    return askGate(db, { chat, message, config, modelConfigured, now })
  }
}

/** Holds the dependencies of the turns. */
export interface BotTurnsParts {
  store: Store
  clock: Clock
  outbox: Pick<Outbox, 'enqueue'>
  config: BotConfig
  modelConfigured: boolean
}

/** Returns a turn to waiting, merged with the chat's messages since. */
async function release(trx: Trx, turn: RunningTurn, dueAt: Date): Promise<void> {
  const { collecting } = await openTurns(trx, turn.chatId)
  if (collecting) await deleteTurn(trx, collecting.id)
  await storeTurn(trx, released(turn, collecting, dueAt))
}

async function hasActed(db: Db, turnId: TurnId): Promise<boolean> {
  return (await toolCallsOf(db, turnId)).some((call) => call.ok && isEffect(call.name))
}

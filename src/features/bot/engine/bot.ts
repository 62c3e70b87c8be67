import type { AccountId, ChatId } from '../../../core/ids.ts'
import { questionFault } from '../rules/bot-model.ts'
import type { Model } from '../rules/bot-model.ts'
import type { RunningTurn, Turn } from '../rules/bot-turn.ts'
import type { MediaReader } from '../../media/media-reader.ts'
import type { Line, Lines } from '../../../core/ports.ts'
import type { Appointments } from '../appointments.ts'
import type { Presence } from '../../chats/presence.ts'
import type { BotBrief, BotBriefs } from '../bot-brief.ts'
import type { BotTools } from '../bot-tools.ts'
import { emptyRecord } from '../rules/bot-turn.ts'
import type { BotTurns, TurnEnd } from '../bot-turns.ts'
import type { TurnTiming } from '../rules/turn-steps.ts'
import type { Takeover } from '../../messages/takeover.ts'
import { withActivity } from '../../../util/activity.ts'
import { wait } from '../../../util/clock.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Part } from '../../../util/lifecycle.ts'
import type { Logger } from '../../../util/logger.ts'
import type { Notifier } from '../../../util/notifier.ts'
import { WorkLoop } from '../../../util/work-loop.ts'
import { Composer } from './answer.ts'
import { withLanguage } from './language.ts'
import { summaryOf } from './memory.ts'
import { readAttachments } from './read-attachments.ts'
import { reminderText } from './phrases.ts'
import { endTurn, failedEnd } from './turn.ts'
import type { PauseRule } from './turn.ts'

/** The maximum number of chats answered concurrently. */
const maxRunning = 50
/** The maximum sleep, so that the end of a takeover or a reminder is hardly late. */
const maxSleepMs = 5000
const turnDeadlineMs = 60_000

/** Says how long the bot waits, pauses and thinks. */
export interface BotTiming extends TurnTiming {
  pause: PauseRule
  turnMs: number
}

/** Like a person who reads, thinks and types: a second, and a little per character. */
export const humanTiming: BotTiming = {
  quietMs: 4000,
  maxMs: 20_000,
  pause: (characters) => Math.min(1000 + characters * 25, 6000),
  turnMs: turnDeadlineMs,
}

/** Holds the dependencies of the bot. */
export interface BotParts {
  turns: BotTurns
  briefs: BotBriefs
  tools: BotTools
  appointments: Pick<Appointments, 'remind'>
  takeover: Pick<Takeover, 'endDue'>
  presence: Pick<Presence, 'onTyping'>
  settings: { get(accountId: AccountId): Promise<{ settings: { businessDescription: string } }> }
  model: Model
  /** Reads customers' files; none can be read if undefined. */
  media?: MediaReader
  lines: Lines
  clock: Clock
  /** The notifiers that wake the bot: of appended events and of queued turns. */
  wokenBy: readonly Notifier[]
  log: Logger
  timing: BotTiming
  secrets: readonly string[]
}

/** Follows the event log and answers customers, one turn at a time per chat. */
export class Bot implements Part {
  readonly name = 'bot'
  private readonly parts: BotParts
  private readonly composer: Composer
  private readonly loop: WorkLoop
  private readonly running = new Map<number, { abort: AbortController; done: Promise<void> }>()
  private stopping = false
  private stopListening: (() => void) | undefined

  constructor(parts: BotParts) {
    this.parts = parts
    this.composer = new Composer({ ...parts, config: parts.briefs.config })
    this.loop = new WorkLoop({
      name: 'bot',
      turn: (signal) => this.pass(signal),
      sleepMs: () => this.sleepMs(),
      wokenBy: parts.wokenBy,
      failed: (error) => parts.log.error({ err: error }, 'the work of the bot failed; it is tried again'),
      faultPause: { ms: 1000, endsOnWake: false },
    })
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.parts.turns.recover()
    this.stopListening = this.parts.presence.onTyping((...seen) => this.heardTyping(...seen))
    this.loop.start(signal)
  }

  /**
   * Resolves when the bot has ended; abort the signal first. Running turns stay as they are: the next start resumes
   * them.
   */
  async stop(): Promise<void> {
    this.stopping = true
    this.stopListening?.()
    for (const { abort } of this.running.values()) abort.abort()
    await this.loop.ended()
    await Promise.all([...this.running.values()].map(({ done }) => done))
  }

  private async pass(signal: AbortSignal): Promise<boolean> {
    const { turns, takeover, appointments, timing, lines } = this.parts
    for (const { id } of await turns.accounts()) {
      for (let more = true; more && !signal.aborted;) {
        const { read, interrupted, collecting } = await turns.followEvents(id, timing)
        const line = lines.find(id)
        for (const jid of collecting) void line?.listenForTyping?.(jid).catch(() => undefined)
        for (const chatId of interrupted) this.running.get(chatId)?.abort.abort()
        more = read === 200
      }
    }
    await takeover.endDue()
    await appointments.remind(reminderText)
    const free = maxRunning - this.running.size
    if (free <= 0 || signal.aborted) return false
    for (const turn of await turns.due(free)) if (!this.running.has(turn.chatId)) this.begin(turn)
    return false
  }

  /** Delays the turn of a customer who is still typing. */
  private heardTyping(accountId: AccountId, chatId: ChatId, on: boolean): void {
    const { turns, timing, log } = this.parts
    turns
      .keepWaiting(accountId, chatId, { ...timing, on })
      .then(() => this.loop.wake())
      .catch((error: unknown) =>
        log.error({ account: accountId, err: error }, 'a turn could not be postponed'),
      )
  }

  private begin(turn: Turn): void {
    const abort = new AbortController()
    const done = withActivity('bot: a turn', () => this.run(turn, abort.signal))
      .catch(async (error: unknown) => {
        this.parts.log.error({ turn: turn.id, err: error }, 'a turn of the bot failed')
        await this.parts.turns.putBack(turn)
      })
      .catch((error: unknown) =>
        this.parts.log.error({ turn: turn.id, err: error }, 'a turn could not be queued again'),
      )
      .finally(() => {
        this.running.delete(turn.chatId)
        this.loop.wake()
      })
    this.running.set(turn.chatId, { abort, done })
  }

  private async run(due: Turn, signal: AbortSignal): Promise<void> {
    const { turns, briefs, lines, log } = this.parts
    const began = performance.now()
    const turn = await turns.claim(due.id)
    if (!turn) return
    const line = lines.find(turn.accountId)
    const brief = await briefs.of(turn)
    this.show(line, turn, brief)
    try {
      const end = await this.endOf(turn, brief, signal)
      if (!end || signal.aborted) return await this.overtaken(turn)
      const pausedMs = await this.pauseFor(end, { began, signal })
      const overheadMs = Math.round(performance.now() - began - end.record.modelMs - pausedMs)
      if (signal.aborted) return await this.overtaken(turn)
      const record = { ...end.record, overheadMs }
      if (await turns.finish(turn, { ...end, record })) {
        log.info(
          { account: turn.accountId, turn: turn.id, outcome: record.outcome, reason: record.reason },
          'turn',
        )
      }
    } finally {
      void line?.typing?.(turn.chatJid, false).catch(() => undefined)
    }
    await this.remember(turn, brief, signal)
  }

  /**
   * Ends a turn that a person has overtaken. A newer message has restarted it already, and a stop leaves it for the
   * next start.
   */
  private async overtaken(turn: RunningTurn): Promise<void> {
    if (this.stopping) return
    const record = { ...emptyRecord, outcome: 'declined', reason: 'human' } as const
    await this.parts.turns.finish(turn, { record, parts: [], handover: false, optOut: false })
  }

  private async endOf(turn: RunningTurn, brief: BotBrief, signal: AbortSignal): Promise<TurnEnd | undefined> {
    const { clock, timing, log } = this.parts
    const tools = { composer: this.composer, now: clock.now(), pause: timing.pause }
    const deadline = AbortSignal.timeout(timing.turnMs)
    try {
      const began = performance.now()
      const within = AbortSignal.any([signal, deadline])
      const read = await withLanguage(await readAttachments(turn, brief, this.parts, within))
      const readMs = Math.round(performance.now() - began)
      const end = await endTurn(turn, read, tools, { signal, deadline })
      // Transcription is the model's time, too.
      return end && { ...end, record: { ...end.record, modelMs: end.record.modelMs + readMs } }
    } catch (error) {
      if (signal.aborted) return undefined
      log.error({ turn: turn.id, ...questionFault(error) }, 'the bot could not answer')
      return failedEnd(brief, clock.now())
    }
  }

  /** Shows read receipts and "typing …": best effort, and nothing waits for them. */
  private show(line: Line | undefined, turn: RunningTurn, brief: BotBrief): void {
    const { asked } = brief
    const ignore = () => undefined
    if (asked.length > 0) void line?.markRead?.(turn.chatJid, asked).catch(ignore)
    void line?.typing?.(turn.chatJid, true).catch(ignore)
  }

  /** Waits as long as the first message would take to write, less the elapsed time. @returns how long it waited */
  private async pauseFor(
    end: TurnEnd,
    { began, signal }: { began: number; signal: AbortSignal },
  ): Promise<number> {
    const [first] = end.parts
    if (!first) return 0
    const from = performance.now()
    const wanted = this.parts.timing.pause(first.text.length) - (from - began)
    if (wanted > 0) await wait(wanted, signal)
    return performance.now() - from
  }

  private async remember(turn: RunningTurn, brief: BotBrief, signal: AbortSignal): Promise<void> {
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(turnDeadlineMs)])
      const summary = await summaryOf(brief, this.parts.model, within)
      if (summary) await this.parts.briefs.remember(turn, summary)
    } catch (error) {
      if (!signal.aborted)
        this.parts.log.warn(
          { turn: turn.id, ...questionFault(error) },
          'older messages could not be summarised',
        )
    }
  }

  private async sleepMs(): Promise<number> {
    const next = await this.parts.turns.nextDue()
    if (!next) return maxSleepMs
    return Math.min(Math.max(next.getTime() - this.parts.clock.now().getTime(), 0), maxSleepMs)
  }
}

import type { RunningTurn, TurnReason } from '../rules/bot-turn.ts'
import type { MessageKind } from '../../messages/message.ts'
import type { BotBrief } from '../bot-brief.ts'
import { emptyRecord } from '../rules/bot-turn.ts'
import { maxAttempts } from '../rules/turn-steps.ts'
import type { TurnEnd } from '../bot-turns.ts'
import type { Composed, Composer, Measured, Signals } from './answer.ts'
import { phraseLanguage } from './language.ts'
import { asksForPerson, phrases } from './phrases.ts'
import type { Phrase } from './phrases.ts'
import { splitAnswer } from './split.ts'

/** The minimum interval between two fallbacks in a chat; in between, the chat is handed over silently. */
const fallbackEveryMs = 60 * 60_000

/** Computes the pause before an answer. */
export interface PauseRule {
  /** Returns how long a person would take to write this many characters, in milliseconds. */
  (characters: number): number
}

/** Ends a turn: with the model's words, a phrase of the product, or silently. Undefined if it was overtaken. */
export async function endTurn(
  turn: RunningTurn,
  brief: BotBrief,
  tools: { composer: Composer; now: Date; pause: PauseRule },
  signals: Signals,
): Promise<TurnEnd | undefined> {
  const fixed = withoutModel(turn, brief, tools.now)
  if (fixed) return fixed
  const composed = await tools.composer.compose(turn, brief, tools.now, signals)
  if (composed.kind === 'superseded') return undefined
  if (composed.kind === 'none') return fallback(brief, composed.reason, tools.now, composed.record)
  return answered(composed, tools.pause)
}

function answered(composed: Extract<Composed, { kind: 'text' }>, pause: PauseRule): TurnEnd {
  const { text, handover, optOut, record } = composed
  let afterMs = 0
  const parts = splitAnswer(text).map((part, index) => {
    if (index > 0) afterMs += pause(part.length)
    return { text: part, afterMs }
  })
  const reason = handover ? 'asked_for_a_person' : optOut ? 'asked_to_stop' : null
  return {
    record: { ...record, outcome: 'answered', reason, answer: text, overheadMs: 0 },
    parts,
    handover,
    optOut,
  }
}

/** Kinds that have to be seen. */
const pictures: ReadonlySet<MessageKind> = new Set(['image', 'video', 'document'])

/** Ends a turn that needs no model: unambiguous words, and files that cannot be read. */
function withoutModel(turn: RunningTurn, brief: BotBrief, now: Date): TurnEnd | undefined {
  if (turn.attempts > maxAttempts) return fallback(brief, 'tried_too_often', now)
  if (turn.kind === 'opening') return undefined
  const { asked } = brief
  if (asked.some(({ text }) => asksForPerson(text))) return phrase(brief, 'person', 'asked_for_a_person')
  if (asked.some(({ kind, text }) => kind === 'audio' && text === ''))
    return phrase(brief, 'cannotHear', 'cannot_hear')
  if (asked.some(({ id, kind }) => pictures.has(kind) && !brief.images.has(id))) {
    return phrase(brief, 'cannotSee', 'cannot_see')
  }
  if (brief.images.size === 0 && asked.every(({ text, details }) => text.trim() === '' && !details?.ad)) {
    const record = { ...emptyRecord, outcome: 'declined', reason: 'nothing_to_answer' } as const
    return { record, parts: [], handover: false, optOut: false }
  }
  return undefined
}

function phrase(brief: BotBrief, name: Phrase, reason: TurnReason): TurnEnd {
  const text = phrases[name][phraseLanguage(brief)]
  const record = { ...emptyRecord, outcome: 'answered', reason, answer: text } as const
  return { record, parts: [{ text, afterMs: 0 }], handover: true, optOut: false }
}

function fallback(brief: BotBrief, reason: TurnReason, now: Date, record: Partial<Measured> = {}): TurnEnd {
  const last = brief.chat.lastFallbackAt
  const measured = { ...emptyRecord, ...record, reason }
  if (last !== null && now.getTime() - last.getTime() < fallbackEveryMs) {
    return { record: { ...measured, outcome: 'handed_over' }, parts: [], handover: true, optOut: false }
  }
  const text = phrases.fallback[phraseLanguage(brief)]
  const parts = [{ text, afterMs: 0 }]
  return { record: { ...measured, outcome: 'fallback', answer: text }, parts, handover: true, optOut: false }
}

/** Ends a turn that failed for an internal fault. */
export function failedEnd(brief: BotBrief, now: Date): TurnEnd {
  return fallback(brief, 'failed', now)
}

import type { AccountId, ChatId, MessageId, TurnId } from '../../../core/ids.ts'
import type { DeclineReason } from './bot-gate.ts'
import type { ModelFaultKind } from './bot-model.ts'

/**
 * Names the state of one occasion to answer. `BotTurns` makes every change, each in one transaction, by the steps of
 * `turn-steps.ts`.
 *
 * - `collecting` waits until the customer has finished. A customer's message or an instruction creates it; further
 *   messages and typing put it off up to a limit, and quiet hours put off an opening. When it is due and no other turn
 *   of the chat runs, it becomes `running`, or `done` if the bot may no longer speak.
 * - `running`    the model is asked. Becomes `done` with its outcome. Goes back to `collecting` for a newer message, at
 *   most twice and never after a tool had an effect, after a fault, and at a restart.
 * - `done`       has an outcome and never changes again.
 */
export type TurnState = Turn['state']

/** `reply` answers messages, `opening` writes first on an instruction. */
export type TurnKind = 'reply' | 'opening'

/** `handed_over` without an answer: the fallback was said lately, or nothing is to be said. */
export type TurnOutcome = 'answered' | 'declined' | 'fallback' | 'handed_over'

/** Says why a turn ended without the model's answer. */
export type TurnReason =
  | DeclineReason
  | `model_${ModelFaultKind}`
  | 'blocked'
  | 'too_many_tools'
  | 'turn_timed_out'
  | 'asked_for_a_person'
  | 'asked_to_stop'
  | 'cannot_hear'
  | 'cannot_see'
  | 'tried_too_often'
  | 'nothing_to_answer'
  | 'failed'

/** Describes a draft held back by the checks. */
export interface Block {
  /** 1 for the first draft, 2 for the one after the reason was told. */
  attempt: number
  rule: CheckRule
  detail: string
  draft: string
}

export const checkRules = [
  'empty',
  'too_long',
  'leak',
  'secret',
  'link',
  'email',
  'phone',
  'amount',
  'date',
  'claimed_action',
  'repetition',
  'never_say',
  'language',
] as const
/** Names a check. */
export type CheckRule = (typeof checkRules)[number]

/** Holds a tool call and its result. */
export interface ToolCall {
  index: number
  name: string
  arguments: string
  ok: boolean
  result: string
}

/** Holds the fields that a turn has in every state. */
interface TurnHead {
  id: TurnId
  accountId: AccountId
  chatId: ChatId
  chatJid: string
  kind: TurnKind
  firstMessageId: number | null
  lastMessageId: number | null
  openedAt: Date
  dueAt: Date
  /** Times that a newer message restarted it. */
  aborts: number
  /** Starts since the newest message. */
  attempts: number
}

/** Holds a turn that waits for the customer to finish. */
export type CollectingTurn = TurnHead & { state: 'collecting' }

/** Holds a turn that the model works on. */
export type RunningTurn = TurnHead & { state: 'running' }

/** Holds a turn that has its outcome. */
type DoneTurn = TurnHead & { state: 'done' }

/** One occasion to answer. */
export type Turn = CollectingTurn | RunningTurn | DoneTurn

/** Holds the stored record of a finished turn. */
export interface TurnRecord {
  outcome: TurnOutcome
  reason: TurnReason | null
  answer: string | null
  blocks: readonly Block[]
  model: string | null
  promptVersion: string | null
  promptHash: string | null
  inputTokens: number
  outputTokens: number
  /** The model's time, and the rest apart from deliberate pauses, in milliseconds. */
  modelMs: number
  overheadMs: number
}

/** Shows a turn to the owner: why did it say that? */
export type TurnReport = Turn & {
  finishedAt: Date | null
  record: TurnRecord | null
  /** In millionths of the currency of the model's configured prices; null without prices. */
  cost: number | null
  tools: ToolCall[]
  messageIds: MessageId[]
}

/** The record of a turn in which the model was not asked. */
export const emptyRecord: Omit<TurnRecord, 'outcome'> = {
  reason: null,
  answer: null,
  blocks: [],
  model: null,
  promptVersion: null,
  promptHash: null,
  inputTokens: 0,
  outputTokens: 0,
  modelMs: 0,
  overheadMs: 0,
}

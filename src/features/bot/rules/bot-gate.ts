import type { ChatKind } from '../../chats/chat.ts'
import type { Origin } from '../../../core/messages/status.ts'

/** Reasons why the bot does not answer: a word for programs, with the sentence for people. */
export const declineReasons = {
  no_model: 'No language model is configured.',
  untouchable: 'The bot must never answer in this chat.',
  switched_off: 'The bot is switched off in this chat.',
  opted_out: 'The customer has opted out.',
  human: 'A person has taken over this chat.',
  history: 'The message is older than the linking of the account.',
  too_old: 'The message is too old to be answered.',
  quiet_hours: 'The bot does not answer at this hour.',
  loop: 'Too many answers in a short time: the other side may be a bot.',
  chat_budget: 'The daily limit of answers in this chat is reached.',
  account_budget: 'The daily limit of answers of this account is reached.',
  token_budget: 'The daily limit of tokens of this account is reached.',
} as const

/** Says why the bot does not answer. */
export type DeclineReason = keyof typeof declineReasons

/** Everything the decision depends on. */
export interface GateFacts {
  modelConfigured: boolean
  chat: { kind: ChatKind; botEnabled: boolean; untouchable: boolean }
  /** A person has the chat until then. */
  humanUntil: Date | null
  optedOut: boolean
  /** The message to answer; null if the bot is to write first. */
  message: { sentAt: Date; origin: Origin } | null
  /** End of the current quiet hours; null outside of them. */
  quietUntil: Date | null
  used: BotUse
  limits: BotLimits
  now: Date
}

interface BotUse {
  chatRepliesToday: number
  accountRepliesToday: number
  accountTokensToday: number
  /** Answers in this chat within the loop breaker's time. */
  recentReplies: number
}

/** Holds the bot's daily limits. */
export interface BotLimits {
  chatRepliesPerDay: number
  accountRepliesPerDay: number
  accountTokensPerDay: number
}

/** Older messages are not answered: after a reconnect an answer would come out of the blue. */
const maxAnsweredAgeMs = 10 * 60_000
/** This many answers within {@link loopWindowMs} are no conversation between a person and a shop. */
const loopReplies = 10
export const loopWindowMs = 5 * 60_000

/** Says whether the bot may answer, or why not and until when. */
export type GateVerdict = { answer: true } | { answer: false; reason: DeclineReason; until: Date | null }

/**
 * Decides whether the bot may speak in a chat now. Checks by weight: an owner's prohibition comes before temporary
 * obstacles. A group is answered only if its own switch was turned on; none is by default.
 */
export function mayAnswer(facts: GateFacts): GateVerdict {
  const no = (reason: DeclineReason, until: Date | null = null): GateVerdict => ({
    answer: false,
    reason,
    until,
  })
  const { chat, message, used, limits, now } = facts
  // Posts ask nothing.
  if (chat.kind === 'status' || chat.kind === 'channel') return no('untouchable')
  if (chat.untouchable) return no('untouchable')
  if (facts.optedOut) return no('opted_out')
  if (!chat.botEnabled) return no('switched_off')
  if (!facts.modelConfigured) return no('no_model')
  if (facts.humanUntil !== null && facts.humanUntil > now) return no('human', facts.humanUntil)
  if (message?.origin === 'history') return no('history')
  if (message && now.getTime() - message.sentAt.getTime() > maxAnsweredAgeMs) return no('too_old')
  if (facts.quietUntil !== null) return no('quiet_hours', facts.quietUntil)
  if (used.recentReplies >= loopReplies) return no('loop')
  if (used.chatRepliesToday >= limits.chatRepliesPerDay) return no('chat_budget')
  if (used.accountRepliesToday >= limits.accountRepliesPerDay) return no('account_budget')
  if (used.accountTokensToday >= limits.accountTokensPerDay) return no('token_budget')
  return { answer: true }
}

import { loopWindowMs, mayAnswer } from './rules/bot-gate.ts'
import type { GateFacts, GateVerdict } from './rules/bot-gate.ts'
import type { BotConfig } from './rules/bot-settings.ts'
import { localTime, quietUntil } from '../../core/time/local-time.ts'
import { dayUse } from './queries/log-and-use.ts'
import type { BotChat } from '../chats/records.ts'
import type { Db } from '../../db/tables.ts'
import { countReplies } from './queries/turns.ts'

/** Holds the facts that the decision depends on. */
export interface GateQuestion {
  chat: BotChat
  message: GateFacts['message']
  config: BotConfig
  modelConfigured: boolean
  now: Date
}

/** Decides from the database's current state whether the bot may speak in a chat. */
export async function askGate(db: Db, question: GateQuestion): Promise<GateVerdict> {
  const { chat, message, config, modelConfigured, now } = question
  const { timeZone } = config.schedule
  // In groups outside the bot's scope its switch means nothing.
  const silentGroup = chat.kind === 'group' && !config.groups
  const use = await dayUse(db, chat.accountId, chat.id, localTime(now, timeZone).date)
  return mayAnswer({
    modelConfigured,
    chat: silentGroup ? { ...chat, botEnabled: false } : chat,
    humanUntil: chat.humanUntil,
    optedOut: chat.optedOut,
    message,
    quietUntil: quietUntil(now, config.quietHours, timeZone),
    used: {
      chatRepliesToday: use.chat.replies,
      accountRepliesToday: use.account.replies,
      accountTokensToday: use.account.tokens,
      recentReplies: await countReplies(db, chat.id, new Date(now.getTime() - loopWindowMs)),
    },
    limits: config.limits,
    now,
  })
}

import { z } from 'zod'
import { declineReasons } from '../../../features/bot/rules/bot-gate.ts'
import type { Verdict } from '../../../features/bot/rules/bot-gate.ts'
import { checkRules } from '../../../features/bot/rules/bot-turn.ts'
import type { TurnReport } from '../../../features/bot/rules/bot-turn.ts'
import { readAddress } from '../../../core/phone-number.ts'
import { countParam, expectedAddress, idParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'

const chat = z
  .string()
  .transform((text, ctx) => {
    const jid = readAddress(text)
    if (jid !== undefined) return jid
    ctx.addIssue({ code: 'custom', message: expectedAddress })
    return z.NEVER
  })
  .meta({ description: 'Only this chat: its jid or number', type: 'string', example: '5491112345678' })

export const TurnsQuery = z.strictObject({
  chat: chat.optional(),
  before: idParam('Only turns older than this one').optional(),
  limit: countParam({ description: 'How many, newest first', default: 20, min: 1, clampTo: 100 }),
})

const Turn = z
  .object({
    id: z.int(),
    jid: z.string(),
    kind: z.enum(['reply', 'opening']),
    state: z.enum(['collecting', 'running', 'done']),
    outcome: z.enum(['answered', 'declined', 'fallback', 'handed_over']).nullable(),
    reason: z.string().nullable().meta({ description: 'Why it did not simply answer, as a word' }),
    say: z.string().nullable().meta({ description: 'The reason as a sentence, where there is one' }),
    firstMessageId: z.int().nullable(),
    lastMessageId: z.int().nullable(),
    openedAt: z.string(),
    dueAt: z.string(),
    finishedAt: z.string().nullable(),
    aborts: z.int().meta({ description: 'How often a newer message made it begin again' }),
    attempts: z.int(),
    answer: z.string().nullable(),
    messageIds: z.array(z.int()),
    tools: z.array(
      z.object({ name: z.string(), arguments: z.string(), ok: z.boolean(), result: z.string() }),
    ),
    checks: z
      .array(z.object({ attempt: z.int(), rule: z.enum(checkRules), detail: z.string(), draft: z.string() }))
      .meta({ description: 'Drafts that were held back, and why' }),
    model: z.string().nullable(),
    prompt: z.object({ version: z.string().nullable(), hash: z.string().nullable() }),
    tokens: z.object({ input: z.int(), output: z.int() }),
    cost: z.number().nullable(),
    modelMs: z.int(),
    overheadMs: z.int(),
  })
  .meta({ id: 'BotTurn' })

export const Turns = z.object({ turns: z.array(Turn) }).meta({ id: 'BotTurns' })

/** Shows turns, which answer: why did it say that? */
export function presentTurns(turns: readonly TurnReport[]): z.input<typeof Turns> {
  return { turns: turns.map(presentTurn) }
}

function presentTurn(turn: TurnReport): z.input<typeof Turn> {
  const { record } = turn
  const reason = record?.reason ?? null
  return {
    id: turn.id,
    jid: turn.chatJid,
    kind: turn.kind,
    state: turn.state,
    outcome: record?.outcome ?? null,
    reason,
    say: sentence(reason),
    firstMessageId: turn.firstMessageId,
    lastMessageId: turn.lastMessageId,
    openedAt: iso(turn.openedAt),
    dueAt: iso(turn.dueAt),
    finishedAt: iso(turn.finishedAt),
    aborts: turn.aborts,
    attempts: turn.attempts,
    answer: record?.answer ?? null,
    messageIds: turn.messageIds,
    tools: turn.tools,
    checks: [...(record?.blocks ?? [])],
    model: record?.model ?? null,
    prompt: { version: record?.promptVersion ?? null, hash: record?.promptHash ?? null },
    tokens: { input: record?.inputTokens ?? 0, output: record?.outputTokens ?? 0 },
    cost: turn.cost,
    modelMs: record?.modelMs ?? 0,
    overheadMs: record?.overheadMs ?? 0,
  }
}

function sentence(reason: string | null): string | null {
  return reason !== null && reason in declineReasons
    ? declineReasons[reason as keyof typeof declineReasons]
    : null
}

export const BotChat = z
  .object({
    jid: z.string(),
    mayAnswer: z.boolean(),
    reason: z.string().nullable(),
    say: z.string(),
    until: z.string().nullable().meta({ description: 'Until when that holds, where it passes by itself' }),
  })
  .meta({ id: 'BotChat' })

export const BotChatPatch = z.strictObject({
  human: z
    .boolean()
    .optional()
    .meta({ description: 'true: a person takes the chat; false: the bot may answer again' }),
  optedOut: z.boolean().optional().meta({ description: 'Whether this person wants no messages' }),
})

/** Shows whether the bot would answer a message that came now. */
export function presentBotChat(jid: string, verdict: Verdict): z.input<typeof BotChat> {
  if (verdict.answer) {
    return { jid, mayAnswer: true, reason: null, say: 'The bot answers in this chat.', until: null }
  }
  const { reason, until } = verdict
  return { jid, mayAnswer: false, reason, say: declineReasons[reason], until: iso(until) }
}

export const Usage = z
  .object({
    today: z.object({ replies: z.int(), tokens: z.int(), cost: z.number() }),
    blocked: z
      .array(z.object({ rule: z.string(), count: z.int() }))
      .meta({ description: 'Drafts held back in the last 30 days' }),
  })
  .meta({ id: 'BotUsage' })

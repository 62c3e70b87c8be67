import { z } from 'zod'
import { declineReasons } from '../../../features/bot/rules/bot-gate.ts'
import { checkRules } from '../../../features/bot/rules/bot-turn.ts'
import type { TurnReport } from '../../../features/bot/rules/bot-turn.ts'
import { iso } from '../times.ts'

const Turn = z
  .object({
    id: z.int(),
    jid: z.string(),
    kind: z.enum(['reply', 'opening']),
    state: z.enum(['collecting', 'running', 'done']),
    outcome: z.enum(['answered', 'declined', 'fallback', 'handed_over']).nullable(),
    reason: z.string().nullable().meta({ description: 'Why it did not simply answer, as a code' }),
    say: z.string().nullable().meta({ description: 'The reason as a sentence, if there is one' }),
    firstMessageId: z.int().nullable(),
    lastMessageId: z.int().nullable(),
    openedAt: z.string(),
    dueAt: z.string(),
    finishedAt: z.string().nullable(),
    aborts: z.int().meta({ description: 'How often a newer message restarted it' }),
    attempts: z.int(),
    answer: z.string().nullable(),
    messageIds: z.array(z.int()),
    tools: z.array(
      z.object({ name: z.string(), arguments: z.string(), ok: z.boolean(), result: z.string() }),
    ),
    checks: z
      .array(z.object({ attempt: z.int(), rule: z.enum(checkRules), detail: z.string(), draft: z.string() }))
      .meta({ description: 'Drafts that failed a check, and why' }),
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

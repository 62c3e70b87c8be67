import { z } from 'zod'
import type { Account } from '../../../core/account.ts'
import type { Caller } from '../../../core/caller.ts'
import type { ConnectionReport } from '../../../features/accounts/connection.ts'
import type { HistorySummary } from '../../../core/messages/history.ts'
import { plans } from '../../../features/access/plans.ts'
import { capStatuses } from '../../../core/restriction.ts'
import { scopes } from '../../../features/access/scopes.ts'
import { botPurposes } from '../../../core/settings.ts'
import type { StatusReport } from '../../../features/insight/status.ts'
import type { WebhookSummary } from '../../../features/webhooks/webhook.ts'
import { accountRef } from '../../shared/ids.ts'
import { HeldBody, presentHold } from '../sending/outbox-schema.ts'
import { iso } from '../../shared/times.ts'

const ConnectionStage = z.object({
  state: z.enum(['starting', 'connecting', 'pairing', 'open', 'waiting', 'closed']),
  say: z.string().meta({ description: 'The stage as a sentence that says what to do' }),
  reason: z.string().nullable().meta({ description: 'Why the connection ended, as a code' }),
  attempt: z.int().nullable(),
  since: z.string().nullable(),
  until: z.string().nullable().meta({ description: 'When the next try begins, or the code expires' }),
  drops: z.int().meta({ description: 'How often the connection was lost in the last hour' }),
})

const HistoryStage = z.object({
  state: z
    .enum(['none', 'importing', 'waiting', 'done'])
    .meta({ description: '`waiting`: a part could not be fetched and is retried' }),
  percent: z.number().nullable().meta({
    description:
      'The percentage that the phone has sent, of the last months or of `whole`; null while unknown',
  }),
  whole: z.boolean().meta({
    description: 'Whether the phone is sending its whole history, which follows the last months if requested',
  }),
  messages: z.int().meta({ description: 'Messages stored so far' }),
  partsWaiting: z.int(),
  partsFailed: z.int().meta({ description: 'Parts given up' }),
  reason: z.string().nullable().meta({ description: 'Why a part could not be fetched' }),
  retryAt: z.string().nullable(),
})

const ModelStage = z.object({
  state: z.enum(['ok', 'untried', 'down', 'missing']).meta({
    description: '`untried`: not used since the start; `missing`: not configured',
  }),
  say: z.string().meta({ description: 'The state as a sentence that says what to do' }),
  since: z.string().nullable().meta({ description: 'When it stopped answering' }),
})

const AccountStage = z.object({
  id: z.string(),
  name: z.string(),
  phone: z.string().nullable(),
  state: ConnectionStage.shape.state,
  say: z.string(),
})

/**
 * The answer of `/api/v1/status`: the first seven keys are BOTON's, `api` and `account` Botssy's, the rest our own.
 */
export const StatusBody = z
  .object({
    business: z.string().meta({ description: 'Name of the business; empty if unset' }),
    connected: z.boolean().meta({ description: 'Whether it is connected to WhatsApp and logged in' }),
    phone: z
      .string()
      .nullable()
      .meta({ description: 'Digits with country code, without +; null before linking' }),
    botPurpose: z.enum(botPurposes),
    botNewChats: z.boolean().meta({ description: 'Whether the bot answers new chats' }),
    activeBotChats: z.int(),
    untouchableChats: z.int(),
    api: z.object({ status: z.literal('ok'), version: z.string(), time: z.string() }),
    account: z.object({
      plan: z.enum(plans),
      keyPrefix: z.string(),
      mode: z.enum(['live', 'test']),
      permissions: z.array(z.enum(scopes)),
      limits: z.object({ perMinute: z.int().nullable(), perDay: z.int().nullable() }),
    }),
    connection: ConnectionStage,
    webhooks: z.object({
      pending: z.int().meta({ description: 'Deliveries that are still to be made' }),
      oldestPending: z.string().nullable(),
      failing: z
        .array(z.object({ id: z.int(), name: z.string(), since: z.string(), down: z.boolean() }))
        .meta({ description: 'Webhooks that have failed since then' }),
    }),
    outbox: z.object({
      waiting: z.int().meta({ description: 'Messages that wait to be sent' }),
      oldest: z.string().nullable(),
      reason: z.string().nullable().meta({ description: 'Why the oldest message waits' }),
    }),
    newChats: z.object({
      held: HeldBody.nullable().meta({
        description:
          'Present while WhatsApp keeps the account from writing to people who never wrote; answers still go out',
      }),
      cap: z.enum(capStatuses).meta({
        description: 'WhatsApp’s limit on new chats; from the second warning on, no new chat is started',
      }),
      total: z.int().nullable(),
      used: z.int().nullable(),
      checkedAt: z.string().nullable(),
    }),
    journal: z.object({
      waiting: z.int().meta({ description: 'Received and on disk, not stored as messages yet' }),
      setAside: z.int().meta({ description: 'Received and kept, but unreadable' }),
    }),
    history: HistoryStage,
    model: ModelStage.meta({ description: 'The language model of the bot' }),
    accounts: z.array(AccountStage).meta({ description: 'Every account that the key reaches' }),
  })
  .meta({ id: 'Status' })

/** Holds the state of the API and its accounts. */
export interface ApiFacts {
  version: string
  now: Date
  /** The accounts that the caller reaches, with their connections. */
  accounts: readonly { account: Account; report: ConnectionReport }[]
}

/** Shows one status for both documents that define `/status`. */
export function presentStatus(
  facts: StatusReport,
  caller: Caller,
  api: ApiFacts,
): z.input<typeof StatusBody> {
  const { account, settings, outbox } = facts
  return {
    business: settings.businessName,
    connected: facts.connected,
    phone: account.phone,
    botPurpose: settings.botPurpose,
    botNewChats: settings.botNewChats,
    activeBotChats: facts.activeBotChats,
    untouchableChats: facts.untouchableChats,
    api: { status: 'ok', version: api.version, time: iso(api.now) },
    account: presentKeyInUse(caller),
    connection: presentConnection(facts.connection),
    outbox: { waiting: outbox.waiting, oldest: iso(outbox.oldestAt), reason: outbox.reason },
    newChats: presentNewChats(facts.restriction),
    journal: facts.journal,
    history: presentHistory(facts.history),
    webhooks: presentWebhooks(facts.webhooks),
    model: { ...facts.model, since: iso(facts.model.since) },
    accounts: api.accounts.map(({ account: { id, name, phone }, report: { state, say } }) => {
      return { id: accountRef(id), name, phone, state: state.kind, say }
    }),
  }
}

function presentHistory(history: HistorySummary): z.input<typeof HistoryStage> {
  const { waiting, failed, messages, progress, whole, trouble } = history
  const isBegun = waiting > 0 || failed > 0 || messages > 0 || progress !== null
  const state = waiting > 0 ? (trouble ? 'waiting' : 'importing') : isBegun ? 'done' : 'none'
  return {
    state,
    percent: progress,
    whole,
    messages,
    partsWaiting: waiting,
    partsFailed: failed,
    reason: trouble?.why ?? null,
    retryAt: iso(trouble?.until ?? null),
  }
}

function presentNewChats({ standing: { cap, checkedAt }, held }: StatusReport['restriction']) {
  const { status, total, used } = cap
  return { held: presentHold(held), cap: status, total, used, checkedAt: iso(checkedAt) }
}

function presentWebhooks({ pending, oldestPendingAt, failing }: WebhookSummary) {
  const endpoints = failing.map(({ id, name, since, down }) => ({ id, name, since: iso(since), down }))
  return { pending, oldestPending: iso(oldestPendingAt), failing: endpoints }
}

function presentKeyInUse({ keyPrefix, mode, scopes, limits }: Caller) {
  const { plan, perMinute, perDay } = limits
  return { plan, keyPrefix, mode, permissions: [...scopes], limits: { perMinute, perDay } }
}

/** Shows a connection without its code: scanning it would give the account away. */
export function presentConnection({
  state,
  say,
  drops = 0,
}: ConnectionReport): z.input<typeof ConnectionStage> {
  return {
    state: state.kind,
    say,
    reason: 'reason' in state ? state.reason : null,
    attempt: 'attempt' in state ? state.attempt : null,
    since: 'since' in state ? iso(state.since) : null,
    until: 'until' in state ? iso(state.until) : null,
    drops,
  }
}

import { z } from 'zod'
import { formatPhone, phoneOf } from '../core/jid.ts'
import { shortTime } from '../core/time/local-moment.ts'
import { oneLine } from '../util/text.ts'
import { askGateway } from './ask-gateway.ts'
import type { GatewayFlags } from './ask-gateway.ts'
import type { CliContext, ExitCode } from './context.ts'
import { print, printJson } from './screen/output.ts'

/** Flags of `outbox`. */
export interface OutboxFlags extends GatewayFlags {
  json?: boolean
}

const Held = z.looseObject({ say: z.string(), until: z.string().nullable() })
const Outbox = z.looseObject({
  waiting: z.number(),
  classes: z.array(z.looseObject({ class: z.string(), waiting: z.number(), held: Held.nullable() })),
  reasons: z.array(z.looseObject({ say: z.string(), waiting: z.number() })),
  messages: z.array(
    z.looseObject({
      id: z.number(),
      jid: z.string(),
      username: z.string().optional(),
      class: z.string(),
      queue: z.looseObject({ expectedAt: z.string().nullable(), held: Held.nullable() }).nullable(),
    }),
  ),
  next: z.string().nullable(),
})
/** Holds the gateway's report about its outbox. */
type OutboxReport = z.infer<typeof Outbox>

/** Shows which messages wait to be sent, and why. Exit code 0: none wait, 1: some do, 2: no answer. */
export async function outbox(flags: OutboxFlags, context: CliContext): Promise<ExitCode> {
  const answer = await askGateway(flags, context, { path: '/api/v1/outbox?limit=20', schema: Outbox })
  if (!answer.ok) {
    print(context.stderr, `${answer.why}\n`)
    return 2
  }
  if (flags.json) printJson(context.stdout, answer.body)
  else print(context.stdout, `${renderOutbox(answer.body)}\n`)
  return answer.body.waiting === 0 ? 0 : 1
}

const classNames: Record<string, (count: number) => string> = {
  reply: (count) => (count === 1 ? 'reply' : 'replies'),
  known: () => 'to people who wrote before',
  cold: () => 'to people who never wrote',
}

/** Renders the outbox as lines for a person. @param now decides which times are of today and go without a date */
function renderOutbox(
  { waiting, classes, reasons, messages, next }: OutboxReport,
  now: Date = new Date(),
): string {
  if (waiting === 0) return 'Nothing waits to be sent.'
  const heldText = ({ say, until }: z.infer<typeof Held>) => {
    const sentence = oneLine(say, 500)
    return until === null ? sentence : `${sentence} Until ${shortTime(until, now)}.`
  }
  const lines = [waiting === 1 ? '1 message waits to be sent:' : `${waiting} messages wait to be sent:`]
  for (const { class: name, waiting: count, held } of classes.filter((each) => each.waiting > 0)) {
    const shown = classNames[name]?.(count) ?? oneLine(name, 40)
    lines.push(`  ${count} ${shown}${held ? `. ${heldText(held)}` : ''}`)
  }
  for (const { say, waiting: count } of reasons) lines.push(`  ${count} of them: ${oneLine(say, 500)}`)
  lines.push('')
  for (const { id, jid, username, queue } of messages) {
    const expected =
      queue?.expectedAt == null ? 'goes as soon as it can' : `goes at ${shortTime(queue.expectedAt, now)}`
    lines.push(`  ${id}  ${formatAddress(jid, username)}  ${queue?.held ? heldText(queue.held) : expected}`)
  }
  if (next !== null) lines.push('  …')
  return lines.join('\n')
}

/** Formats a number as people write it, and a username with its @; other addresses stay as they are. */
function formatAddress(jid: string, username: string | undefined): string {
  const phone = phoneOf(jid)
  if (phone !== null) return formatPhone(phone)
  return oneLine(username === undefined ? jid : `@${username}`, 80)
}

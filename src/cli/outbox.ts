import { z } from 'zod'
import { askGateway } from './ask-gateway.ts'
import type { GatewayFlags } from './ask-gateway.ts'
import type { CliContext, ExitCode } from './context.ts'

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
      class: z.string(),
      queue: z.looseObject({ expectedAt: z.string().nullable(), held: Held.nullable() }).nullable(),
    }),
  ),
  next: z.string().nullable(),
})
export type OutboxReport = z.infer<typeof Outbox>

/** Shows what waits to be sent, and why. 0: nothing waits, 1: something does, 2: no answer. */
export async function outbox(flags: OutboxFlags, context: CliContext): Promise<ExitCode> {
  const answer = await askGateway(flags, context, { path: '/api/v1/outbox?limit=20', schema: Outbox })
  if (!answer.ok) {
    context.stderr.write(`${answer.why}\n`)
    return 2
  }
  const text = flags.json ? JSON.stringify(answer.body, null, 2) : renderOutbox(answer.body)
  context.stdout.write(`${text}\n`)
  return answer.body.waiting === 0 ? 0 : 1
}

const classNames: Record<string, string> = {
  reply: 'answers',
  known: 'to people who wrote before',
  cold: 'to people who never wrote',
}

export function renderOutbox({ waiting, classes, reasons, messages, next }: OutboxReport): string {
  if (waiting === 0) return 'Nothing waits to be sent.'
  const lines = [waiting === 1 ? '1 message waits to be sent:' : `${waiting} messages wait to be sent:`]
  for (const of of classes.filter((each) => each.waiting > 0)) {
    lines.push(
      `  ${of.waiting} ${classNames[of.class] ?? of.class}${of.held ? `. ${heldText(of.held)}` : ''}`,
    )
  }
  for (const { say, waiting: count } of reasons) lines.push(`  ${count} of them: ${say}`)
  lines.push('')
  for (const { id, jid, queue } of messages) {
    const held = queue?.held ? heldText(queue.held) : `expected ${queue?.expectedAt ?? 'when it can be sent'}`
    lines.push(`  ${id}  ${jid}  ${held}`)
  }
  if (next !== null) lines.push('  …')
  return lines.join('\n')
}

function heldText({ say, until }: z.infer<typeof Held>): string {
  return until === null ? say : `${say} Until ${until}.`
}

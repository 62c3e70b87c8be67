import { z } from 'zod'
import { oneLine } from '../util/text.ts'
import { askGateway } from './ask-gateway.ts'
import type { GatewayFlags } from './ask-gateway.ts'
import type { CliContext, ExitCode } from './context.ts'
import { print, printJson } from './screen/output.ts'

/** Flags of `accounts list`. */
export interface AccountFlags extends GatewayFlags {
  json?: boolean
}

/** Flags of `accounts change`. */
export interface AccountChangeFlags extends AccountFlags {
  name?: string
  acceptOtherNumber?: boolean
}

const Account = z.looseObject({
  id: z.string(),
  name: z.string(),
  phone_number: z.string().nullable(),
  status: z.string(),
  accept_other_number: z.boolean().optional(),
  refused: z.looseObject({ say: z.string() }).optional(),
  say: z.string().optional(),
})
const LoggingOut = z.looseObject({
  id: z.string(),
  name: z.string(),
  phone_number: z.string().nullable(),
  say: z.string(),
})
const Accounts = z.looseObject({ data: z.array(Account), logging_out: z.array(LoggingOut).optional() })

/** Prints every account with its state and the remedy of a fault. Exit code 0, or 2 without an answer. */
export async function accountsList(flags: AccountFlags, context: CliContext): Promise<ExitCode> {
  const answer = await askGateway(flags, context, { path: '/v1/whatsapp/accounts', schema: Accounts })
  if (!answer.ok) return refuse(answer.why, 2, context)
  if (flags.json) printJson(context.stdout, answer.body)
  else {
    const { data, logging_out: leaving = [] } = answer.body
    const removed = leaving.map((account) => describe({ ...account, status: 'removed' }))
    print(context.stdout, `${[...data.map(describe), ...removed].join('\n')}\n`)
  }
  return 0
}

/**
 * Renames an account, or lets a phone with another number link it. Exit code 0, 1 if refused, 2 without an answer.
 */
export async function accountsChange(
  id: string,
  { name, acceptOtherNumber, ...flags }: AccountChangeFlags,
  context: CliContext,
): Promise<ExitCode> {
  if (name === undefined && acceptOtherNumber === undefined) {
    return refuse('Nothing to change: give --name or --accept-other-number.', 1, context)
  }
  const answer = await askGateway(flags, context, {
    method: 'PATCH',
    path: `/v1/whatsapp/accounts/${encodeURIComponent(id)}`,
    body: { name, accept_other_number: acceptOtherNumber },
    schema: Account,
  })
  if (!answer.ok) return refuse(answer.why, answer.refused === null ? 2 : 1, context)
  if (flags.json) printJson(context.stdout, answer.body)
  else print(context.stdout, `${describe(answer.body)}\n`)
  return 0
}

function describe(account: z.infer<typeof Account>): string {
  const { id, name, phone_number: phone, status, refused, say, accept_other_number: acceptsOther } = account
  const notes = [
    ...(say === undefined ? [] : [say]),
    ...(refused === undefined ? [] : [refused.say]),
    ...(acceptsOther
      ? ['The next phone to scan may have another number. Waiting messages are then cancelled.']
      : []),
  ]
  return [
    `${id}  ${phone ?? 'no number yet'}  ${status}  ${oneLine(name, 120)}`,
    ...notes.map((note) => `  ${note}`),
  ].join('\n')
}

function refuse(why: string, code: 1 | 2, { stderr }: CliContext): ExitCode {
  print(stderr, `${why}\n`)
  return code
}

import { z } from 'zod'
import { checkConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { formatPhone } from '../domain/jid.ts'
import type { CliContext, ExitCode } from './context.ts'

export interface StatusFlags {
  url?: string
  key?: string
  config?: string
  json?: boolean
}

const Status = z.looseObject({
  business: z.string(),
  connected: z.boolean(),
  phone: z.string().nullable(),
  botPurpose: z.string(),
  botNewChats: z.boolean(),
  activeBotChats: z.number(),
  untouchableChats: z.number(),
  connection: z.looseObject({ say: z.string() }),
  outbox: z.looseObject({
    waiting: z.number(),
    oldest: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  journal: z.looseObject({ waiting: z.number(), setAside: z.number() }),
})
export type Status = z.infer<typeof Status>

type Answer = { ok: true; status: Status } | { ok: false; why: string }

const patienceMs = 5000

/** Asks the running gateway how it is. 0: connected to WhatsApp, 1: not connected, 2: no answer. */
export async function status(flags: StatusFlags, context: CliContext): Promise<ExitCode> {
  const config = usedConfig(flags, context)
  const url = (flags.url ?? localUrl(config)).replace(/\/+$/, '')
  const key = flags.key ?? context.env['ZAGUAN_KEY'] ?? config?.auth.bootstrapKey ?? null
  const answer = key === null ? needsKey : await ask(url, key, context.signal)
  if (!answer.ok) {
    context.stderr.write(`${answer.why}\n`)
    return 2
  }
  const text = flags.json ? JSON.stringify(answer.status, null, 2) : renderStatus(answer.status, url)
  context.stdout.write(`${text}\n`)
  return answer.status.connected ? 0 : 1
}

const needsKey: Answer = {
  ok: false,
  why: 'The gateway asks for an API key: give it with --key or in the variable ZAGUAN_KEY.',
}

// A faulty configuration must not keep anyone from asking: then the defaults are as good a guess as any.
function usedConfig({ config: path }: StatusFlags, { env, cwd }: CliContext): Config | null {
  const checked = checkConfig({ path, env, cwd })
  return checked.ok ? checked.config : null
}

function localUrl(config: Config | null): string {
  const { host, port } = config?.server ?? { host: '127.0.0.1', port: 3000 }
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function ask(url: string, key: string, signal: AbortSignal): Promise<Answer> {
  const address = `${url}/api/v1/status`
  if (!URL.canParse(address)) return { ok: false, why: `"${url}" is no address; expected http://host:port.` }
  try {
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    })
    if (response.status === 401)
      return { ok: false, why: `The gateway at ${url} does not know this API key.` }
    const body: unknown = await response.json().catch(() => null)
    const status = Status.safeParse(body)
    if (response.ok && status.success) return { ok: true, status: status.data }
    return { ok: false, why: `The server at ${url} does not answer like Zaguán (HTTP ${response.status}).` }
  } catch (error) {
    return { ok: false, why: `No answer from ${url}: ${reasonOf(error)}. Is the gateway running?` }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `nothing came within ${patienceMs / 1000} seconds`
  const { cause } = error
  if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED')
    return 'nobody listens there'
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}

function chats(count: number): string {
  return count === 1 ? '1 chat' : `${count} chats`
}

export function renderStatus(status: Status, url: string): string {
  const phone = status.phone === null ? null : formatPhone(status.phone)
  const connection = status.connected
    ? `connected to WhatsApp${phone === null ? '' : ` as ${phone}`}`
    : `not connected to WhatsApp${phone === null ? '; no phone is linked yet' : ` (linked as ${phone})`}`
  const { outbox, journal } = status
  const lines = [
    `The gateway at ${url} is ${connection}.`,
    `Business: ${status.business === '' ? 'no name yet' : status.business}`,
    `Bot: ${status.botPurpose}; on in ${chats(status.activeBotChats)}, never in ${chats(status.untouchableChats)}; ` +
      `it ${status.botNewChats ? 'answers' : 'does not answer'} new chats.`,
  ]
  if (!status.connected || status.connection.say.includes('times in the last hour'))
    lines.push(status.connection.say)
  if (outbox.waiting > 0) {
    const reason = outbox.reason === null ? '' : ` ${outbox.reason}`
    lines.push(`Outbox: ${outbox.waiting} waiting, the oldest since ${outbox.oldest ?? 'now'}.${reason}`)
  }
  if (journal.waiting > 0) lines.push(`Received and not stored as messages yet: ${journal.waiting}.`)
  if (journal.setAside > 0) {
    lines.push(`Received, but not to be made sense of: ${journal.setAside}. They are kept; the log says why.`)
  }
  return lines.join('\n')
}

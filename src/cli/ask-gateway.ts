import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { checkConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { oneLine } from '../util/text.ts'
import { readGatewayHint } from '../core/gateway-hint.ts'
import type { GatewayHint } from '../core/gateway-hint.ts'
import type { CliContext } from './context.ts'
import { optionsOf } from './start.ts'

/** Holds the flags that say how to reach the running gateway. */
export interface GatewayFlags {
  url?: string
  key?: string
  /** The path of a file that holds only the key. */
  keyFile?: string
  config?: string
  data?: string
  sandbox?: boolean
  port?: string
}

/** Holds a response. `refused` is the HTTP status of an error response; null if no gateway answered. */
export type GatewayAnswer<T> =
  { ok: true; body: T; url: string } | { ok: false; why: string; refused: number | null }

interface Question<T> {
  path: string
  schema: z.ZodType<T>
  /** GET if undefined. */
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  body?: unknown
}

const Refusal = z.looseObject({ message: z.string(), error: z.looseObject({ code: z.string() }) })

const timeoutMs = 5000

/** Sends a request to the running gateway; turns any failure into a sentence for the person at the terminal. */
export async function askGateway<T>(
  flags: GatewayFlags,
  context: CliContext,
  question: Question<T>,
): Promise<GatewayAnswer<T>> {
  const config = usedConfig(flags, context)
  const hint = flags.url === undefined ? hintOf(config, context) : undefined
  const isHinted = hint !== undefined && (flags.port === undefined || new URL(hint.url).port === flags.port)
  const url = (flags.url ?? (isHinted ? hint.url : localUrl(config))).replace(/\/+$/, '')
  const found = findKey(flags, context)
  if ('why' in found) return { ok: false, refused: null, why: found.why }
  const key = found.key ?? (isHinted ? hint.key : undefined) ?? config?.auth.bootstrapKey ?? null
  if (key === null) return { ok: false, refused: null, why: missingKey(context) }
  return ask(url, key, { ...question, signal: context.signal })
}

function missingKey({ command }: CliContext): string {
  return (
    'The gateway needs an API key: set ZAGUAN_KEY, or name a file with --key-file or ZAGUAN_KEY_FILE. ' +
    `To make one: ${command} keys create --name me --scopes admin`
  )
}

/** Looks for the key in the flags, then the variables; an inline value wins over a file. */
function findKey(
  { key, keyFile }: GatewayFlags,
  { env, cwd }: CliContext,
): { key: string | undefined } | { why: string } {
  const given = key ?? (keyFile === undefined ? env['ZAGUAN_KEY'] : undefined)
  const file = keyFile ?? env['ZAGUAN_KEY_FILE']
  if (given !== undefined || file === undefined) return { key: given }
  try {
    return { key: readFileSync(resolve(cwd, file), 'utf8').trim() }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { why: `The key cannot be read from ${file} (${code}).` }
  }
}

// Returns the configuration, or null if it is faulty: then the defaults are as good a guess as any.
function usedConfig(flags: GatewayFlags, { env, cwd }: CliContext): Config | null {
  const checked = checkConfig({ path: flags.config, env, cwd, options: optionsOf(flags) })
  return checked.ok ? checked.config : null
}

/**
 * Reads the hint that a running gateway leaves in its data folder: a person who can read it may ask as the owner,
 * without a key.
 */
function hintOf(config: Config | null, { cwd }: CliContext): GatewayHint | undefined {
  const root = resolve(cwd, config?.data.dir ?? 'data')
  const inSandbox = join(root, 'sandbox')
  if (config?.whatsapp.network === 'sandbox') return readGatewayHint(inSandbox)
  return readGatewayHint(root) ?? readGatewayHint(inSandbox)
}

function localUrl(config: Config | null): string {
  const { host, port } = config?.server ?? { host: '127.0.0.1', port: 3000 }
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function ask<T>(
  url: string,
  key: string,
  question: Question<T> & { signal: AbortSignal },
): Promise<GatewayAnswer<T>> {
  const noAnswer = (why: string) => ({ ok: false, refused: null, why }) as const
  const address = `${url}${question.path}`
  if (!URL.canParse(address)) return noAnswer(`"${url}" is not an address; expected http://host:port.`)
  try {
    const response = await fetch(address, requestOf(question, key))
    if (response.status === 401) return noAnswer(`The gateway at ${url} does not know this API key.`)
    const json: unknown = await response.json().catch(() => null)
    const read = question.schema.safeParse(json)
    if (response.ok && read.success) return { ok: true, body: read.data, url }
    const refusal = response.ok ? undefined : Refusal.safeParse(json).data
    if (refusal) return { ok: false, refused: response.status, why: sentence(oneLine(refusal.message, 2000)) }
    return noAnswer(`The server at ${url} is not Zaguán (HTTP ${response.status}).`)
  } catch (error) {
    return noAnswer(`No answer from ${url}: ${reasonOf(error)}. Is the gateway running?`)
  }
}

function requestOf(
  { method = 'GET', body, signal }: Pick<Question<unknown>, 'method' | 'body'> & { signal: AbortSignal },
  key: string,
): RequestInit {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const common = { method, headers, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) }
  return body === undefined ? common : { ...common, body: JSON.stringify(body) }
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} seconds`
  const { cause } = error
  if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED')
    return 'no program listens there'
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}

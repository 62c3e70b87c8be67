import { spawn } from 'node:child_process'
import type { AccountId } from '../domain/account.ts'
import { flappingFrom } from '../domain/connection.ts'
import type { CloseReason, ConnectionReport } from '../domain/connection.ts'
import type { Lines } from '../domain/ports.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import type { Accounts } from './accounts.ts'

export type AlertKind =
  | Extract<
      CloseReason,
      'logged_out' | 'banned' | 'locked' | 'client_outdated' | 'storage_failed' | 'number_mismatch'
    >
  | 'flapping'

/** The ends of a connection that a person has to do something about. */
const alarming = {
  logged_out: true,
  banned: true,
  locked: true,
  client_outdated: true,
  storage_failed: true,
  number_mismatch: true,
} as const satisfies Partial<Record<CloseReason, true>>

const oncePerMs = 60 * 60_000
const patienceMs = 15_000

export interface AlertOptions {
  /** A shell command; it gets the alert in its environment. */
  command: string | null
  /** Gets the sentence as the text of a POST. */
  url: string | null
}

/** Tells the owner by a second way what would go unseen in a log. Each kind at most once an hour per account. */
export class Alerts implements Part {
  readonly name = 'alerts'
  private readonly parts: {
    lines: Lines
    accounts: Pick<Accounts, 'get'>
    log: Logger
    options: AlertOptions
  }
  private readonly toldAt = new Map<string, number>()
  private readonly telling = new Set<Promise<void>>()
  private stopListening: (() => void) | undefined

  constructor(parts: { lines: Lines; accounts: Pick<Accounts, 'get'>; log: Logger; options: AlertOptions }) {
    this.parts = parts
  }

  start(): void {
    const { lines, options } = this.parts
    if (options.command === null && options.url === null) return
    this.stopListening = lines.onChange((accountId, report) => this.consider(accountId, report))
  }

  async stop(): Promise<void> {
    this.stopListening?.()
    await Promise.all(this.telling)
  }

  private consider(accountId: AccountId, report: ConnectionReport): void {
    const kind = kindOf(report)
    if (kind === undefined) return
    const slot = `${accountId} ${kind}`
    const now = performance.now()
    if (now - (this.toldAt.get(slot) ?? -Infinity) < oncePerMs) return
    this.toldAt.set(slot, now)
    const told = this.tell(accountId, kind, report.say)
      .catch((error: unknown) =>
        this.parts.log.error({ account: accountId, alert: kind, err: error }, 'an alert failed'),
      )
      .finally(() => this.telling.delete(told))
    this.telling.add(told)
  }

  private async tell(accountId: AccountId, kind: AlertKind, say: string): Promise<void> {
    const { options, accounts, log } = this.parts
    const { name } = await accounts.get(accountId)
    log.warn({ account: accountId, alert: kind }, 'telling the owner')
    const both = await Promise.allSettled([
      options.url === null ? undefined : post(options.url, `${name}: ${say}`),
      options.command === null ? undefined : run(options.command, { kind, name, say }),
    ])
    for (const outcome of both) if (outcome.status === 'rejected') throw outcome.reason
  }
}

function kindOf({ state, drops = 0 }: ConnectionReport): AlertKind | undefined {
  const reason = state.kind === 'waiting' || state.kind === 'closed' ? state.reason : undefined
  if (reason !== undefined && reason in alarming) return reason as keyof typeof alarming
  return drops >= flappingFrom ? 'flapping' : undefined
}

async function post(url: string, text: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'text/plain; charset=utf-8', title: 'zaguan' },
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMs),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`the address of alerts.url answered with HTTP ${response.status}`)
}

function run(command: string, alert: { kind: string; name: string; say: string }): Promise<void> {
  // Only the environment carries what others wrote: no name of an account can become part of the command.
  const env = {
    ...process.env,
    ZAGUAN_ALERT: alert.kind,
    ZAGUAN_ALERT_ACCOUNT: alert.name,
    ZAGUAN_ALERT_TEXT: alert.say,
  }
  const child = spawn(command, { shell: true, env, stdio: 'ignore', timeout: patienceMs })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`the command of alerts.command ended with ${code ?? 'a signal'}`))
    })
  })
}

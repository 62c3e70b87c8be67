import { spawn } from 'node:child_process'
import { oneLine } from '../../util/text.ts'
import { briefCause } from '../../util/root-cause.ts'

const timeoutMs = 15_000
const maxTextLength = 1000
const maxErrorLength = 300

/** Says how owners are alerted. */
export interface AlertOptions {
  /** A shell command; it gets the alert in its environment. */
  command: string | null
  /** An address that gets the sentence as the text of a POST. */
  url: string | null
}

/** Holds an alert in words. */
export interface AlertText {
  kind: string
  /** The account's name; empty for the whole gateway. */
  account: string
  say: string
}

/** Names the setting of a channel. */
export type AlertChannel = 'alerts.url' | 'alerts.command'

/** Holds the result of one channel; a null fault: it worked. */
export interface ChannelResult {
  channel: AlertChannel
  fault: string | null
}

/** Lists the configured channels. */
export function channelsOf({ url, command }: AlertOptions): AlertChannel[] {
  return [
    ...(url === null ? [] : (['alerts.url'] as const)),
    ...(command === null ? [] : (['alerts.command'] as const)),
  ]
}

/** Alerts the owner through one channel, within 15 seconds. Never rejects. */
export async function sendAlert(
  channel: AlertChannel,
  { url, command }: AlertOptions,
  text: AlertText,
): Promise<ChannelResult> {
  // It holds people's names, which must neither break the line nor end the text with a NUL.
  const plain = {
    kind: text.kind,
    account: oneLine(text.account, 200),
    say: oneLine(text.say, maxTextLength),
  }
  try {
    if (channel === 'alerts.url' && url !== null) await post(url, plain)
    if (channel === 'alerts.command' && command !== null) await run(command, plain)
    return { channel, fault: null }
  } catch (error) {
    return { channel, fault: error instanceof Error ? error.message : String(error) }
  }
}

async function post(url: string, { account, say }: AlertText): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    body: account === '' ? say : `${account}: ${say}`,
    headers: { 'content-type': 'text/plain; charset=utf-8', title: 'zaguan' },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new Error(`no answer within ${timeoutMs / 1000} s`)
    throw new Error(briefCause(error))
  })
  await response.body?.cancel()
  if (response.status >= 300 && response.status < 400) {
    throw new Error(`it redirects (HTTP ${response.status}): set the final address`)
  }
  if (!response.ok) throw new Error(`it answers with HTTP ${response.status}`)
}

function run(command: string, { kind, account, say }: AlertText): Promise<void> {
  // Outside text goes only into the environment: no account's name can become part of the command.
  const env = { ...process.env, ZAGUAN_ALERT: kind, ZAGUAN_ALERT_ACCOUNT: account, ZAGUAN_ALERT_TEXT: say }
  // A process group of its own, so that the shell's children end with it.
  const child = spawn(command, { shell: true, env, stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, maxErrorLength)
  })
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      if (child.pid !== undefined) endGroup(child.pid)
      reject(new Error(`it did not end within ${timeoutMs / 1000} s`))
    }, timeoutMs)
    child.on('error', (error) => {
      clearTimeout(limit)
      reject(error)
    })
    // Not `close`: a background program may hold the pipe open.
    child.on('exit', (code) => {
      clearTimeout(limit)
      if (code === 0) return resolve()
      const words = oneLine(complaint, maxErrorLength)
      reject(new Error(`it ended with ${code ?? 'a signal'}${words === '' ? '' : `: ${words}`}`))
    })
    child.on('exit', () => child.stderr.destroy())
  })
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has just ended.
  }
}

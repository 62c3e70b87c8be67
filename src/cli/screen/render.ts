import type { HistorySummary } from '../../core/messages/history.ts'
import type { ConnectionState } from '../../features/accounts/connection.ts'
import { formatPhone } from '../../core/jid.ts'
import type { PasskeyStage } from '../../features/accounts/passkey.ts'
import type { ListeningInfo, TerminalAccount } from '../../daemon/terminal.ts'
import { drawQr } from './qr.ts'
import type { TerminalSize } from './qr.ts'

/** Says how the user starts this program, for lines to copy: `zaguan` or `node /srv/zaguan/dist/program/main.js`. */
export type Command = string

/** An example customer of the sandbox; the number is not assigned. */
const exampleCustomer = '5491155550001'

/** Renders the lines shown once, when the daemon answers requests. */
export function renderListening(info: ListeningInfo, command: Command): string {
  const parts = [`Zaguán ${info.version} answers at ${info.url} and keeps its data in ${info.dataDir}`]
  if (info.bootstrapKey !== null) {
    parts.push(
      `Your API key, with all rights. It is shown only this once, so keep it:\n\n  ${info.bootstrapKey}`,
    )
  }
  if (info.keyFile) {
    parts.push(
      `Your API key, with all rights, is in ${info.keyFile}, which only you can read. Keep it elsewhere and delete the file.`,
    )
  }
  if (info.sandbox) parts.push(renderSandbox(info, info.sandbox.controlUrl, command))
  return `\n${parts.join('\n\n')}\n\n`
}

function renderSandbox(info: ListeningInfo, controlUrl: string, command: Command): string {
  const key = info.keyFile ? `$(cat ${info.keyFile})` : (info.bootstrapKey ?? '$ZAGUAN_KEY')
  const bearer = `-H "Authorization: Bearer ${key}"`
  const say = `${command} sandbox say --control ${controlUrl} ${exampleCustomer}`
  const inbox = `${command} sandbox inbox --control ${controlUrl} ${exampleCustomer}`
  const body = JSON.stringify({ to: exampleCustomer, message: 'Hello! We open at nine.' })
  return [
    'This is the sandbox: WhatsApp simulated on this machine. Nothing is sent out, and you need no phone.',
    'To try it, open another terminal. A customer writes:',
    `  ${say} "Hello, when do you open?"`,
    'See what arrived:',
    `  curl ${bearer} ${info.url}/api/v1/chats`,
    'Answer:',
    `  curl ${bearer} -H "Content-Type: application/json" -H "Idempotency-Key: first-answer" \\\n` +
      `    -d '${body}' ${info.url}/api/v1/send`,
    'See what the customer received:',
    `  ${inbox}`,
  ].join('\n')
}

/** Renders `Linked as +54 9 11 1234-5678.`, or an empty text while the number is unknown. */
export function renderNumber(account: TerminalAccount): string {
  return account.phone === null ? '' : ` Linked as ${formatPhone(account.phone)}.`
}

/** Holds the terminal's size and whether it shows colours. */
export interface Canvas extends TerminalSize {
  color: boolean
}

const lightOnDark = '\u001B[38;5;231;48;5;16m'
const plain = '\u001B[0m'

/** Holds a stage of the linking by passkey, with the sentence for the owner. */
export interface ShownPasskey {
  stage: PasskeyStage
  say: string
}

/** Renders the code to type on the phone, and where to type it. */
export function renderPairingCode(code: string): string {
  return [
    '',
    `  Pairing code: ${code}`,
    '',
    'On the phone: WhatsApp > Linked devices > Link a device > Link with phone number instead,',
    'and type the code there. It is valid for two minutes, then a new one appears here.',
    '',
  ].join('\n')
}

/** Renders the owner's next step in the linking by passkey; `url` is the API's address. */
export function renderPasskey(account: TerminalAccount, { stage, say }: ShownPasskey, url: string): string {
  const path = `${url}/v1/whatsapp/accounts/wha_${account.id}/passkey`
  const lines = ['', say]
  if (stage.step === 'assertion') {
    lines.push('', 'The request:', `  ${JSON.stringify(stage.request.options)}`)
    lines.push(`It is also at GET ${path}. POST the answer to the same address.`)
  }
  if ('code' in stage) lines.push('', `  Code: ${stage.code}`)
  if (stage.step === 'confirmation') {
    lines.push('', `Confirm it: POST ${path}/confirmation with {"code":"<the code on the phone>"}`)
  }
  return `${lines.join('\n')}\n`
}

/** Renders the code and one line below it. Colours make it readable on light terminals, too. */
export function renderPairing(
  state: Extract<ConnectionState, { kind: 'pairing' }>,
  now: Date,
  canvas: Canvas,
): string {
  if (state.qr === null) return ''
  const lines = drawQr(state.qr, canvas).map((line) => (canvas.color ? lightOnDark + line + plain : line))
  const seconds = Math.max(0, Math.round((state.until.getTime() - now.getTime()) / 1000))
  const typed = state.pairingCode === null ? '' : `; or type ${state.pairingCode}`
  lines.push(`Scan within ${seconds} s: WhatsApp > Linked devices > Link a device${typed}`)
  return `${lines.join('\n')}\n`
}

/** Renders when a lost connection is tried again, to follow the reason; empty if a code to scan comes next. */
export function renderNextTry(
  { until, reason }: Extract<ConnectionState, { kind: 'waiting' }>,
  now: Date,
): string {
  if (reason === 'logged_out' || reason === 'number_mismatch') return ''
  const seconds = Math.max(1, Math.round((until.getTime() - now.getTime()) / 1000))
  const next =
    seconds < 120
      ? `in ${seconds} s`
      : `at ${String(until.getHours()).padStart(2, '0')}:${String(until.getMinutes()).padStart(2, '0')}`
  return ` The next try is ${next}; it keeps trying.`
}

/** Renders the progress of the phone's history in one line. */
export function renderHistory({ waiting, messages, progress, whole, trouble }: HistorySummary): string {
  const count = `${messages} ${messages === 1 ? 'message' : 'messages'}`
  if (trouble)
    return `Part of the history cannot be fetched yet (${trouble.why}); it is retried. ${count} so far.`
  if (waiting > 0) return `${whole ? 'Whole history' : 'History'}: ${progress ?? 0} %, ${count} so far.`
  return `History: ${count} stored.`
}

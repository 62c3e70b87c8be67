import type { ConnectionReport, ConnectionState } from '../../features/accounts/connection.ts'
import type { ListeningInfo, Terminal, TerminalAccount } from '../../daemon/terminal.ts'
import { systemClock } from '../../util/clock.ts'
import type { Clock } from '../../util/clock.ts'
import { printable } from '../../util/printable.ts'
import { oneLine } from '../../util/text.ts'
import {
  renderHistory,
  renderListening,
  renderNextTry,
  renderNumber,
  renderPairing,
  renderPairingCode,
  renderPasskey,
} from './render.ts'
import type { Canvas } from './render.ts'

/** Writes to the stream that a person reads. */
export interface Screen {
  write(text: string): void
  /** True for a terminal, false for a file or a log; undefined counts as true. */
  isWatched?: boolean
  /** Returns the current size; asked for each code, since windows are resized. */
  canvas(): Canvas
}

/** Holds the settings of the terminal. */
export interface TerminalOptions {
  screen: Screen
  /** The user's own way to start this program: `zaguan`. */
  command: string
  /** Connected to the sandbox: nothing to scan. */
  inSandbox: boolean
  /** A pairing code was requested: QR codes are not drawn. */
  byCode?: boolean
  clock?: Clock
}

/** The height of a code in half blocks, the line below it and the cursor. */
const comfortableRows = 33

type Pairing = Extract<ConnectionState, { kind: 'pairing' }>

/** Prints plain lines for a person, each thing once: repeated tries without a change are silent. */
export class PlainTerminal implements Terminal {
  readonly isWatched: boolean
  private readonly screen: Screen
  private readonly command: string
  private readonly clock: Clock
  private readonly said = new Map<number, string>()
  private readonly imported = new Map<number, string>()
  private readonly noticed = new Map<string, string>()
  private readonly inSandbox: boolean
  private readonly byCode: boolean
  private url = ''
  private hinted = false

  constructor(options: TerminalOptions) {
    this.screen = options.screen
    this.isWatched = options.screen.isWatched ?? true
    this.command = options.command
    this.inSandbox = options.inSandbox
    this.byCode = options.byCode ?? false
    this.clock = options.clock ?? systemClock
  }

  listening(info: ListeningInfo): void {
    this.url = info.url
    this.print(renderListening(info, this.command))
  }

  connection(account: TerminalAccount, report: ConnectionReport): void {
    // The sandbox's phone scans the code itself.
    if (this.inSandbox && report.state.kind === 'pairing') return
    this.history(account, report.history)
    const before = this.said.get(account.id)
    const now = this.fingerprint(report.state)
    // Another try in a row is not worth a line; only its result may be.
    const isRepeatedTry = report.state.kind === 'connecting' && before?.startsWith('waiting')
    if (now === before || isRepeatedTry) return
    this.said.set(account.id, now)
    this.render(account, report)
  }

  notice(subject: string, say: string): void {
    if (this.noticed.get(subject) === say) return
    this.noticed.set(subject, say)
    this.print(`${say}\n`)
  }

  /** Reports each tenth of the history, its end, and faults that block it. */
  private history(account: TerminalAccount, history: ConnectionReport['history']): void {
    if (!history) return
    const { waiting, messages, progress, whole, trouble } = history
    const tenth = Math.floor((progress ?? 0) / 10)
    const stage = trouble
      ? `trouble ${trouble.why}`
      : waiting === 0
        ? `done ${messages}`
        : `${whole} ${tenth}`
    if (this.imported.get(account.id) === stage) return
    this.imported.set(account.id, stage)
    this.print(`${prefixOf(account)}${renderHistory(history)}\n`)
  }

  private render(account: TerminalAccount, { state, say }: ConnectionReport): void {
    const name = prefixOf(account)
    switch (state.kind) {
      case 'starting':
        return
      case 'pairing':
        if (state.passkey) {
          return this.print(name + renderPasskey(account, { stage: state.passkey, say }, this.url))
        }
        return this.showCode(account, state)
      case 'open':
        return this.print(`${name}${say}${renderNumber(account)}\n`)
      case 'waiting':
        return this.print(`${name}${say}${renderNextTry(state, this.clock.now())}\n`)
      case 'connecting':
      case 'closed':
        return this.print(`${name}${say}\n`)
    }
  }

  private showCode(account: TerminalAccount, state: Pairing): void {
    const name = prefixOf(account)
    const heading = name && `${name}\n`
    if (this.byCode) {
      if (state.pairingCode !== null) this.print(heading + renderPairingCode(state.pairingCode))
      return
    }
    if (account.id !== 1) {
      // The API's caller shows the code; dozens of codes would bury everything else here.
      const path = `${this.url}/v1/whatsapp/accounts/wha_${account.id}`
      return this.notice(
        `link ${account.id}`,
        `${name}wha_${account.id} needs linking: GET ${path}/qr-code has its code, and qr_code_url of GET ${path} opens in a browser.`,
      )
    }
    this.print(heading)
    // Drawn rather than printed: these colours are ours.
    const canvas = this.screen.canvas()
    // In one write: half a code above the window does not help.
    const hint = this.pairHint(canvas.rows)
    this.screen.write(hint + renderPairing(state, this.clock.now(), canvas))
  }

  /** Returns a hint, once, if the window is too small for a code. */
  private pairHint(rows: number | undefined): string {
    if (rows === undefined || rows >= comfortableRows || this.hinted) return ''
    this.hinted = true
    return `If the code does not fit here, link by pairing code: ${this.command} start --pair NUMBER\n`
  }

  /** Prints text that may hold outside content, such as names and errors. */
  private print(text: string): void {
    if (text !== '') this.screen.write(printable(text))
  }

  /** Returns equal texts for states that look the same to a person. */
  private fingerprint(state: ConnectionState): string {
    if (state.kind === 'pairing') {
      // Each request needs a new signature.
      const { passkey } = state
      const asked = passkey?.step === 'assertion' ? passkey.request.challenge : ''
      if (passkey) return `passkey ${passkey.step} ${asked}`
      return `pairing ${this.byCode ? '' : state.qr} ${state.pairingCode}`
    }
    return 'reason' in state ? `${state.kind} ${state.reason}` : state.kind
  }
}

/** Returns a prefix that names the account, if there are several. */
function prefixOf({ id, name }: TerminalAccount): string {
  return id === 1 ? '' : `${oneLine(name, 80)}: `
}

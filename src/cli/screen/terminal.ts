import type { ConnectionReport, ConnectionState } from '../../features/accounts/connection.ts'
import type { ListeningInfo, Terminal, TerminalAccount } from '../../daemon/terminal.ts'
import { systemClock } from '../../util/clock.ts'
import type { Clock } from '../../util/clock.ts'
import { printable } from '../../util/printable.ts'
import { oneLine } from '../../util/text.ts'
import {
  renderHistory,
  renderListening,
  renderNumber,
  renderPairing,
  renderPairingCode,
  renderPasskey,
} from './render.ts'
import type { Canvas } from './render.ts'

/** The stream that a person reads. */
export interface Screen {
  write(text: string): void
  /** Whether it is a terminal, and not a file or a log; left out: it is. */
  isWatched?: boolean
  /** Asked for every code that is drawn: windows change their size. */
  canvas(): Canvas
}

export interface TerminalOptions {
  screen: Screen
  /** How the reader starts this program: `zaguan`. */
  command: string
  /** Connected to the sandbox: nobody needs to scan anything. */
  inSandbox: boolean
  /** A code to type was asked for: codes to scan are not drawn. */
  byCode?: boolean
  clock?: Clock
}

/** A code in half blocks, the line below it and the cursor. */
const comfortableRows = 33

type Pairing = Extract<ConnectionState, { kind: 'pairing' }>

/** Plain lines for a person. Says each thing once: while tries repeat without a change, it is silent. */
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
    // The phone of the sandbox scans by itself.
    if (this.inSandbox && report.state.kind === 'pairing') return
    this.history(account, report.history)
    const before = this.said.get(account.id)
    const now = this.fingerprint(report.state)
    // The next try of a series is no news; only its result may be.
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

  /** Each tenth of the history, its end, and what stands in its way. */
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
      // Whoever made it by the API shows the code there; dozens of codes would bury everything else here.
      const path = `${this.url}/v1/whatsapp/accounts/wha_${account.id}`
      return this.notice(
        `link ${account.id}`,
        `${name}wha_${account.id} waits to be linked: its code is at GET ${path}/qr-code, and qr_code_url of GET ${path} opens in a browser.`,
      )
    }
    this.print(heading)
    // The one thing that is drawn and not printed: its colours are ours.
    const canvas = this.screen.canvas()
    // In the same piece: half a code above the window is no help.
    const hint = this.pairHint(canvas.rows)
    this.screen.write(hint + renderPairing(state, this.clock.now(), canvas))
  }

  /** Said once, where the window is so small that a code fits badly. */
  private pairHint(rows: number | undefined): string {
    if (rows === undefined || rows >= comfortableRows || this.hinted) return ''
    this.hinted = true
    return `Should the code not fit here, link by letters to type: ${this.command} start --pair NUMBER\n`
  }

  /** Whatever came from outside may be in it: names, and words of errors. */
  private print(text: string): void {
    if (text !== '') this.screen.write(printable(text))
  }

  /** Equal for two states between which a person sees no difference. */
  private fingerprint(state: ConnectionState): string {
    if (state.kind === 'pairing') {
      // Each request is another one to sign.
      const { passkey } = state
      const asked = passkey?.step === 'assertion' ? passkey.request.challenge : ''
      if (passkey) return `passkey ${passkey.step} ${asked}`
      return `pairing ${this.byCode ? '' : state.qr} ${state.pairingCode}`
    }
    return 'reason' in state ? `${state.kind} ${state.reason}` : state.kind
  }
}

/** Whose news it is, where that is not plain. */
function prefixOf({ id, name }: TerminalAccount): string {
  return id === 1 ? '' : `${oneLine(name, 80)}: `
}

import { rmSync } from 'node:fs'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import { writeSecretFile } from '../util/secret-file.ts'
import type { Sandbox } from './sandbox.ts'
import { logTo } from './log-to.ts'

/** Says where the network stores its state. */
export interface DemoNetworkOptions {
  /** The file that keeps the network across restarts. */
  stateFile: string
  /** The file in which the owner's programs find the control address with its token while the network runs. */
  hintsFile: string
  log: Logger
}

/** Describes an account of the daemon that shows a code. */
export interface CodeBearer {
  id: number
  name: string
  /** The account's number, or the one it waits for. */
  number: string | null
}

/**
 * Runs the sandbox inside the daemon: two customers with a little history, and a phone for each account that scans by
 * itself.
 */
export class DemoNetwork implements Part {
  readonly name = 'sandbox'
  private readonly options: DemoNetworkOptions
  private sandbox: Sandbox | undefined
  private owner: string | undefined
  private readonly scanned = new Map<number, string>()

  constructor(options: DemoNetworkOptions) {
    this.options = options
  }

  async start(): Promise<void> {
    const { stateFile, hintsFile, log } = this.options
    const { Sandbox } = await import('./sandbox.ts')
    const { seedDemo } = await import('./demo.ts')
    this.sandbox = new Sandbox({ stateFile, log: logTo(log) })
    await this.sandbox.start()
    this.owner = seedDemo(this.sandbox).phone.number
    writeSecretFile(hintsFile, JSON.stringify({ controlUrl: this.sandbox.controlUrl, pid: process.pid }))
  }

  async stop(): Promise<void> {
    rmSync(this.options.hintsFile, { force: true })
    await this.sandbox?.stop()
  }

  /** Returns what to connect to, and which keys to trust there. */
  address(): {
    url: string
    rootKey: string
    controlUrl: string
    mediaHost: string
    mediaCertificate: string
  } {
    if (!this.sandbox) throw new Error('the sandbox has not started')
    const { url, rootKey, controlUrl, mediaHost, mediaCertificate } = this.sandbox
    return { url, rootKey, controlUrl, mediaHost, mediaCertificate }
  }

  /**
   * Scans each code once, with a phone that has the account's number, or a number of its own if the account has none
   * yet.
   */
  scan(account: CodeBearer, qr: string): void {
    if (qr === this.scanned.get(account.id)) return
    this.scanned.set(account.id, qr)
    this.scanAs(account, qr).catch((error: unknown) =>
      this.options.log.warn(
        { err: error, accountId: account.id },
        'the sandbox phone could not scan the code',
      ),
    )
  }

  private async scanAs(account: CodeBearer, qr: string): Promise<void> {
    const { sandbox, owner } = this
    if (!sandbox || owner === undefined) return
    const number = account.number ?? (BigInt(owner) + BigInt(account.id - 1)).toString()
    const isNew = !sandbox.network.hasPhone(number)
    await sandbox.phone(number, isNew ? { name: account.name } : {}).scan(qr)
  }
}

import { rmSync, writeFileSync } from 'node:fs'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import type { Sandbox } from './sandbox.ts'

export interface DemoNetworkOptions {
  /** Where the network is kept over restarts. */
  stateFile: string
  /** Where programs on this machine find the control address while the network runs. */
  hintsFile: string
  log: Logger
}

/** The sandbox inside the daemon: two customers with a little history, and a phone that scans by itself. */
export class DemoNetwork implements Part {
  readonly name = 'sandbox'
  private readonly options: DemoNetworkOptions
  private sandbox: Sandbox | undefined
  private owner: string | undefined
  private scanned: string | undefined

  constructor(options: DemoNetworkOptions) {
    this.options = options
  }

  async start(): Promise<void> {
    const { stateFile, hintsFile, log } = this.options
    const { Sandbox } = await import('./sandbox.ts')
    const { seedDemo } = await import('./demo.ts')
    this.sandbox = new Sandbox({ stateFile, log: (event, fields) => log.debug({ ...fields }, event) })
    await this.sandbox.start()
    this.owner = seedDemo(this.sandbox).phone.number
    writeFileSync(hintsFile, JSON.stringify({ controlUrl: this.sandbox.controlUrl, pid: process.pid }), {
      mode: 0o600,
    })
  }

  async stop(): Promise<void> {
    rmSync(this.options.hintsFile, { force: true })
    await this.sandbox?.stop()
  }

  /** Where to connect to, and whom to trust there. */
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

  /** The owner's phone scans each code once. */
  scan(qr: string): void {
    if (qr === this.scanned || !this.sandbox || this.owner === undefined) return
    this.scanned = qr
    this.sandbox
      .phone(this.owner)
      .scan(qr)
      .catch((error: unknown) =>
        this.options.log.warn({ err: error }, 'the sandbox phone could not scan the code'),
      )
  }
}

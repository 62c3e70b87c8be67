import { wait } from '../../util/clock.ts'
import type { Part } from '../../util/lifecycle.ts'
import type { Logger } from '../../util/logger.ts'
import type { ApiKeys } from './api-keys.ts'

const lookEveryMs = 1000
/** Looks between two searches for keys that have ended. */
const looksPerSearch = 30

/**
 * Sees soon what another process did to the keys, such as `zaguan keys revoke`, and that keys have ended: so that streams and
 * webhooks end with them even where no request comes.
 */
export class KeyWatch implements Part {
  readonly name = 'keys'
  private readonly apiKeys: Pick<ApiKeys, 'noticeOthers' | 'stopEnded'>
  private readonly log: Logger
  private readonly stopping = new AbortController()
  private running: Promise<void> | undefined

  constructor(parts: { apiKeys: Pick<ApiKeys, 'noticeOthers' | 'stopEnded'>; log: Logger }) {
    this.apiKeys = parts.apiKeys
    this.log = parts.log
  }

  start(): void {
    this.running = this.watch()
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.running
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping
    for (let looks = 0; !signal.aborted; looks++) {
      try {
        this.apiKeys.noticeOthers()
        if (looks % looksPerSearch === 0) await this.apiKeys.stopEnded()
      } catch (error) {
        this.log.error({ err: error }, 'changes of keys cannot be seen')
      }
      await wait(lookEveryMs, signal)
    }
  }
}

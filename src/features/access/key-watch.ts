import type { Part } from '../../util/lifecycle.ts'
import type { Logger } from '../../util/logger.ts'
import { WorkLoop } from '../../util/work-loop.ts'
import type { ApiKeys } from './api-keys.ts'

const pollEveryMs = 1000
/** Checks for other processes' writes between two searches for expired keys. */
const pollsPerSearch = 30

/**
 * Notices soon that another process changed keys, such as `zaguan keys revoke`, and that keys expired, so that
 * streams and webhooks end with them even without a request.
 */
export class KeyWatch implements Part {
  readonly name = 'keys'
  private readonly apiKeys: Pick<ApiKeys, 'clearIfOthersWrote' | 'stopEnded'>
  private readonly loop: WorkLoop
  private readonly stopping = new AbortController()
  private looks = 0

  constructor({ apiKeys, log }: { apiKeys: Pick<ApiKeys, 'clearIfOthersWrote' | 'stopEnded'>; log: Logger }) {
    this.apiKeys = apiKeys
    this.loop = new WorkLoop({
      name: 'keys',
      turn: () => this.look(),
      sleepMs: () => pollEveryMs,
      failed: (error) => log.error({ err: error }, 'changes of keys cannot be read'),
      faultPause: { ms: pollEveryMs, endsOnWake: false },
    })
  }

  start(): void {
    this.loop.start(this.stopping.signal)
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.loop.ended()
  }

  private async look(): Promise<boolean> {
    const searches = this.looks++ % pollsPerSearch === 0
    this.apiKeys.clearIfOthersWrote()
    if (searches) await this.apiKeys.stopEnded()
    return false
  }
}

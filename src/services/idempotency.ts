import { AppError } from '../domain/errors.ts'
import type { Caller } from '../domain/caller.ts'
import { deleteAnswersBefore, findAnswer, storeAnswer } from '../storage/idempotency.ts'
import type { Store } from '../storage/store.ts'
import type { Clock } from '../util/clock.ts'

const keepMs = 24 * 60 * 60 * 1000

export interface IdempotentRequest {
  key: string
  /** Method and route pattern. */
  route: string
  /** A hash of what was asked; the same key with another one is a mistake of the caller's. */
  fingerprint: string
}

export interface Answer {
  status: number
  body: unknown
}

/** Makes calls repeatable: what a call did and the answer to it are one transaction, so neither exists without the other. */
export class Idempotency {
  private readonly store: Store
  private readonly clock: Clock
  private readonly running = new Set<string>()

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  /**
   * Does `work` once per key and 24 hours; a repetition gets the first answer. A refused call leaves nothing behind.
   * @throws AppError conflict while the first one runs, idempotency_mismatch for another request under the same key
   */
  async run(
    caller: Caller,
    request: IdempotentRequest,
    work: () => Promise<Answer>,
  ): Promise<Answer & { replayed: boolean }> {
    const slot = `${caller.keyId} ${request.key}`
    if (this.running.has(slot)) {
      throw new AppError('conflict', 'A request with this Idempotency-Key is still running.')
    }
    this.running.add(slot)
    try {
      return await this.store.write(async (trx) => {
        const stored = await findAnswer(trx, caller.keyId, request.key)
        if (stored && this.clock.now().getTime() - stored.createdAt.getTime() < keepMs) {
          if (stored.route !== request.route || stored.fingerprint !== request.fingerprint) {
            throw new AppError(
              'idempotency_mismatch',
              'This Idempotency-Key was used for a different request.',
            )
          }
          return { status: stored.status, body: stored.body, replayed: true }
        }
        const answer = await work()
        await storeAnswer(trx, caller.keyId, request.key, {
          ...request,
          ...answer,
          createdAt: this.clock.now(),
        })
        return { ...answer, replayed: false }
      })
    } finally {
      this.running.delete(slot)
    }
  }

  /** Forgets answers that are too old to be repeated. */
  async prune(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - keepMs)
    await this.store.write((trx) => deleteAnswersBefore(trx, before))
  }
}

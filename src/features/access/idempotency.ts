import { AppError } from '../../core/errors.ts'
import type { Caller } from '../../core/caller.ts'
import { deleteAnswersBefore, findAnswer, storeAnswer } from './queries/idempotency.ts'
import type { Store } from '../../db/store.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'

/** Milliseconds until a repetition that meets the running first request may be sent again. */
const askAgainMs = 1000
const keepMs = 24 * 60 * 60 * 1000

/** Describes a request with an Idempotency-Key. */
export interface IdempotentRequest {
  key: string
  /** Method and route pattern. */
  route: string
  /** A hash of the request; the same key with another hash is the caller's mistake. */
  fingerprint: string
}

/** Holds a stored answer. */
export interface StoredReply {
  status: number
  body: unknown
}

type RepeatableAnswer = StoredReply & { replayed: boolean }

/** Makes calls repeatable: the work and its answer are one transaction, so neither exists without the other. */
export class Idempotency {
  private readonly store: Store
  private readonly clock: Clock
  private readonly running = new Set<string>()

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  /**
   * Runs `work` once per key and 24 hours; a repetition gets the first answer. A refused call leaves nothing behind.
   * `before` asks elsewhere first, if there is no answer yet.
   * @throws AppError idempotency_in_progress while the first call runs, idempotency_mismatch for another request
   * under the same key
   */
  run(
    caller: Caller,
    request: IdempotentRequest,
    work: () => Promise<StoredReply>,
    before?: () => Promise<void>,
  ): Promise<RepeatableAnswer> {
    return this.alone(caller, request, async () => {
      if (before && !(await this.known(this.store.read, caller, request))) await before()
      return this.store.write(async (trx) => {
        const known = await this.known(trx, caller, request)
        return known ?? this.keep(trx, caller, request, await work())
      })
    })
  }

  /**
   * Runs work outside the database like `run`, and stores the answer afterwards. After a crash in between, a repetition does
   * the work again, so that must be harmless.
   * @throws AppError as `run`
   */
  runBeside(
    caller: Caller,
    request: IdempotentRequest,
    work: () => Promise<StoredReply>,
  ): Promise<RepeatableAnswer> {
    return this.alone(caller, request, async () => {
      const known = await this.known(this.store.read, caller, request)
      if (known) return known
      const answer = await work()
      return this.store.write((trx) => this.keep(trx, caller, request, answer))
    })
  }

  private async alone<R>(caller: Caller, { key }: IdempotentRequest, run: () => Promise<R>): Promise<R> {
    const slot = `${caller.keyId} ${key}`
    if (this.running.has(slot)) {
      const retryAt = new Date(this.clock.now().getTime() + askAgainMs)
      const message = 'A request with this Idempotency-Key is still running: try again in a moment.'
      throw new AppError('idempotency_in_progress', message, { retryAt })
    }
    this.running.add(slot)
    try {
      return await run()
    } finally {
      this.running.delete(slot)
    }
  }

  private async known(
    db: Db,
    caller: Caller,
    request: IdempotentRequest,
  ): Promise<RepeatableAnswer | undefined> {
    const stored = await findAnswer(db, caller.keyId, request.key)
    if (!stored || this.clock.now().getTime() - stored.createdAt.getTime() >= keepMs) return undefined
    if (stored.route !== request.route || stored.fingerprint !== request.fingerprint) {
      throw new AppError('idempotency_mismatch', 'This Idempotency-Key was used for a different request.')
    }
    return { status: stored.status, body: stored.body, replayed: true }
  }

  private async keep(
    trx: Trx,
    caller: Caller,
    request: IdempotentRequest,
    answer: StoredReply,
  ): Promise<RepeatableAnswer> {
    const createdAt = this.clock.now()
    await storeAnswer(trx, caller.keyId, request.key, { ...request, ...answer, createdAt })
    return { ...answer, replayed: false }
  }

  /** Deletes answers that are too old to be repeated. */
  async prune(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - keepMs)
    await this.store.write((trx) => deleteAnswersBefore(trx, before))
  }
}

import type { AccountId, KeyId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { mediaReasons } from './media.ts'
import type { MediaReason } from './media.ts'
import { addUploadedBytes, keptBytes, uploadedBytes } from './queries/media-quotas.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'

const dayMs = 86_400_000

/** How many bytes of files may be taken in; null: as many as the disk has room for. */
export interface QuotaLimits {
  /** From one API key in a day, which begins at 00:00 UTC. */
  maxUploadBytesPerDay?: number | null
  /** Of one account, all together. */
  maxKeptBytes?: number | null
}

/** Whose file it is to be. */
export interface MediaOwner {
  accountId: AccountId
  /** The API key that hands it in or asks for it; null: it came with a message. */
  keyId: KeyId | null
}

type Shortage = Extract<MediaReason, 'account_full' | 'key_full'>

/** Keeps one account or one key from filling the disk that all share. */
export class MediaQuotas {
  private readonly clock: Clock
  private readonly limits: Required<QuotaLimits>

  constructor({ clock, media }: { clock: Clock; media: QuotaLimits }) {
    this.clock = clock
    const { maxUploadBytesPerDay = null, maxKeptBytes = null } = media
    this.limits = { maxUploadBytesPerDay, maxKeptBytes }
  }

  /** How many bytes the next file may have, and what stops a larger one. */
  async left(db: Db, { accountId, keyId }: MediaOwner): Promise<{ bytes: number; reason: Shortage }> {
    const { maxUploadBytesPerDay, maxKeptBytes } = this.limits
    const kept = maxKeptBytes === null ? Infinity : maxKeptBytes - (await keptBytes(db, accountId))
    if (keyId === null || maxUploadBytesPerDay === null) return { bytes: kept, reason: 'account_full' }
    const ofKey = maxUploadBytesPerDay - (await uploadedBytes(db, keyId, this.today()))
    return ofKey < kept ? { bytes: ofKey, reason: 'key_full' } : { bytes: kept, reason: 'account_full' }
  }

  /** Counts a file that is kept now. */
  async count(trx: Trx, { keyId }: MediaOwner, bytes: number): Promise<void> {
    if (keyId !== null && this.limits.maxUploadBytesPerDay !== null) {
      await addUploadedBytes(trx, { keyId, day: this.today(), bytes })
    }
  }

  /** Refuses a file for which nothing is left at all. @throws AppError rate_limit_exceeded, insufficient_storage */
  async refuseWithoutAny(db: Db, owner: MediaOwner): Promise<void> {
    const { bytes, reason } = await this.left(db, owner)
    if (bytes <= 0) throw this.refusal(reason)
  }

  /** What whoever hands a file in is told. */
  refusal(reason: Shortage): AppError {
    const { maxUploadBytesPerDay, maxKeptBytes } = this.limits
    const { say } = mediaReasons[reason]
    if (reason === 'account_full') {
      return new AppError(
        'insufficient_storage',
        `${say} That is ${maxKeptBytes}: DELETE /api/v1/media/:id makes room.`,
      )
    }
    const retryAt = new Date((this.today() + 1) * dayMs)
    return new AppError(
      'rate_limit_exceeded',
      `${say} That is ${maxUploadBytesPerDay}; it counts anew at 00:00 UTC.`,
      {
        retryAt,
      },
    )
  }

  private today(): number {
    return Math.floor(this.clock.now().getTime() / dayMs)
  }
}

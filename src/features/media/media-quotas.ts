import type { AccountId, KeyId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { mediaReasons } from './media.ts'
import type { MediaReason } from './media.ts'
import { addUploadedBytes, keptBytes, uploadedBytes } from './queries/media-quotas.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'

const dayMs = 86_400_000

/** Limits the bytes of accepted files; null: as many as fit on the disk. */
export interface QuotaLimits {
  /** Per API key and day, which begins at 00:00 UTC. */
  maxUploadBytesPerDay?: number | null
  /** Per account, in total. */
  maxKeptBytes?: number | null
}

/** Names the owner of a new file. */
export interface MediaOwner {
  accountId: AccountId
  /** The API key that uploads or requests it; null: it came with a message. */
  keyId: KeyId | null
}

type Shortage = Extract<MediaReason, 'account_full' | 'key_full'>

/** Keeps one account or key from filling the shared disk. */
export class MediaQuotas {
  private readonly clock: Clock
  private readonly limits: Required<QuotaLimits>

  constructor({ clock, media }: { clock: Clock; media: QuotaLimits }) {
    this.clock = clock
    const { maxUploadBytesPerDay = null, maxKeptBytes = null } = media
    this.limits = { maxUploadBytesPerDay, maxKeptBytes }
  }

  /** Returns how many bytes the next file may have, and the limit that decides it. */
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

  /** Refuses a file if nothing is left. @throws AppError rate_limit_exceeded, insufficient_storage */
  async refuseWithoutAny(db: Db, owner: MediaOwner): Promise<void> {
    const { bytes, reason } = await this.left(db, owner)
    if (bytes <= 0) throw this.refusal(reason)
  }

  /** Creates the error for an uploader. */
  refusal(reason: Shortage): AppError {
    const { maxUploadBytesPerDay, maxKeptBytes } = this.limits
    const { say } = mediaReasons[reason]
    if (reason === 'account_full') {
      return new AppError(
        'insufficient_storage',
        `${say} That is ${maxKeptBytes}: delete files with DELETE /api/v1/media/:id.`,
      )
    }
    const retryAt = new Date((this.today() + 1) * dayMs)
    return new AppError(
      'rate_limit_exceeded',
      `${say} That is ${maxUploadBytesPerDay}; it resets at 00:00 UTC.`,
      {
        retryAt,
      },
    )
  }

  private today(): number {
    return Math.floor(this.clock.now().getTime() / dayMs)
  }
}

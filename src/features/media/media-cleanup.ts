import { contentsInUse, removeOldMedia, removeUnshownMedia, unusedMedia } from './queries/media-cleanup.ts'
import type { MediaFiles } from './files/media-files.ts'
import type { Store } from '../../db/store.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import type { MediaLibrary } from './media-library.ts'

const dayMs = 24 * 60 * 60_000
/** Time that an unsent upload is kept. */
const unusedLifeMs = 7 * dayMs

/** Removes files that are too old, uploads that were never sent, and contents without a row. */
export class MediaCleanup {
  private readonly store: Store
  private readonly files: MediaFiles
  private readonly library: MediaLibrary
  private readonly clock: Clock
  private readonly mediaQueued: Notifier
  private readonly retentionDays: number | null

  constructor(parts: {
    store: Store
    files: MediaFiles
    library: MediaLibrary
    clock: Clock
    mediaQueued: Notifier
    retentionDays: number | null
  }) {
    this.store = parts.store
    this.files = parts.files
    this.library = parts.library
    this.clock = parts.clock
    this.mediaQueued = parts.mediaQueued
    this.retentionDays = parts.retentionDays
  }

  async run(): Promise<void> {
    const now = this.clock.now().getTime()
    await this.removeUnused(new Date(now - unusedLifeMs))
    if (this.retentionDays !== null) await this.removeOld(new Date(now - this.retentionDays * dayMs))
    this.mediaQueued.notify()
    await this.removeNameless()
  }

  private async removeUnused(before: Date): Promise<void> {
    for (;;) {
      const ids = await unusedMedia(this.store.read, before)
      if (ids.length === 0) return
      await this.store.write((trx) => removeUnshownMedia(trx, ids))
    }
  }

  private async removeOld(before: Date): Promise<void> {
    while ((await this.store.write((trx) => removeOldMedia(trx, before))) > 0);
  }

  /** Removes files left by a process that died between storing a file and writing its row. */
  private async removeNameless(): Promise<void> {
    for await (const hashes of this.files.list()) {
      const used = await contentsInUse(this.store.read, hashes)
      for (const sha256 of hashes.filter((hash) => !used.has(hash))) {
        await this.library.contents.run(sha256, async () => {
          const isUsed = (await contentsInUse(this.store.read, [sha256])).has(sha256)
          if (!isUsed) await this.files.remove(sha256)
        })
      }
    }
  }
}

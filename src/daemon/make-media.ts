import type { MediaId } from '../core/ids.ts'
import type { UrlFiles } from '../core/ports.ts'
import type { MediaFiles } from '../features/media/files/media-files.ts'
import { fileWaiters } from '../features/sending/file-waiters.ts'
import { MediaCleanup } from '../features/media/media-cleanup.ts'
import { MediaLibrary } from '../features/media/media-library.ts'
import { MediaWorker } from '../features/media/media-worker.ts'
import type { QuotaLimits } from '../features/media/media-quotas.ts'
import type { MediaWorkerParts } from '../features/media/media-worker.ts'

/** Says where files are stored and fetched from, and how large they may be. */
export interface MediaOptions extends QuotaLimits {
  files: MediaFiles
  urls: UrlFiles
  /** True if files of messages are fetched automatically. */
  fetch: boolean
  maxBytes: number
  retentionDays: number | null
  /** Returns an address that serves a file for a while without a key. */
  urlOf: (mediaId: MediaId) => string
}

type MediaParts = Omit<MediaWorkerParts, 'files' | 'urls' | 'library' | 'waiters'> & { media: MediaOptions }

/** Creates everything concerning the files of messages. */
export function makeMedia(shared: MediaParts): {
  media: MediaLibrary
  mediaCleanup: MediaCleanup
  mediaWorker: MediaWorker
} {
  const parts = { ...shared, ...shared.media, waiters: fileWaiters }
  const library = new MediaLibrary(parts)
  return {
    media: library,
    mediaCleanup: new MediaCleanup({ ...parts, library }),
    mediaWorker: new MediaWorker({ ...parts, library }),
  }
}

// For gateways without files: what the services ask of whoever keeps and fetches them.
import { MediaFiles } from '../dist/features/media/queries/media-files.js'
import { PublicFiles } from '../dist/net/url-files.js'

/** @param {string} folder where files would lie */
export function noMedia(folder) {
  const urls = new PublicFiles({ allowPrivate: [], version: '0' })
  const files = new MediaFiles(folder)
  return { files, urls, fetch: false, maxBytes: 1024, retentionDays: null, urlOf: () => '' }
}

import type { BaseUrl } from '../../http/requests/base-url.ts'
import type { UrlSigner } from '../../util/signed-url.ts'
import { mediaPath } from './media.ts'
import type { MediaUrl } from '../../features/media/media.ts'

/** Long enough for a receiver that was down overnight. */
const lifeMs = 24 * 60 * 60_000

/** Creates addresses of files that work for a day without a key. */
export function mediaUrls(signer: UrlSigner, baseUrl: Pick<BaseUrl, 'get'>): MediaUrl {
  return (mediaId) => {
    const path = mediaPath(mediaId)
    return `${baseUrl.get()}${path}?token=${signer.sign(path, lifeMs)}`
  }
}

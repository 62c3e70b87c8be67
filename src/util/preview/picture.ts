import type { Sharp, SharpOptions } from 'sharp'

/** What a picture's bytes say of it. */
export interface PictureFacts {
  width: number
  height: number
  animated: boolean
}

/** The longer side of a small picture. */
export const thumbnailSide = 100

const limits: SharpOptions = {
  // Four times what phones take.
  limitInputPixels: 64_000_000,
  // A picture that is broken in places is still one.
  failOn: 'error',
  sequentialRead: true,
}
/** No picture is worth more time than this. */
const mostSeconds = 15

/** Of all the formats that the library reads, those that phones show. */
const readers = ['JpegFile', 'PngFile', 'WebpFile', 'NsgifFile'].map((name) => `VipsForeignLoad${name}`)

/** How large a picture is as it is looked at. @throws where it is broken, too large or none */
export async function pictureFacts(path: string): Promise<PictureFacts> {
  const { autoOrient, pages = 1 } = await (await open(path)).metadata()
  return { ...autoOrient, animated: pages > 1 }
}

/**
 * A JPEG of some kilobytes, at most {@link thumbnailSide} pixels wide and high, of the first picture in the file.
 * @throws where it is broken, too large or none
 */
export async function thumbnailOf(path: string): Promise<Uint8Array> {
  const picture = await open(path)
  return picture
    .autoOrient()
    .resize(thumbnailSide, thumbnailSide, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .jpeg({ quality: 60 })
    .timeout({ seconds: mostSeconds })
    .toBuffer()
}

async function open(path: string): Promise<Sharp> {
  // Loaded with the first picture: 25 MiB which many installations never need.
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: readers })
  return sharp(path, limits)
}

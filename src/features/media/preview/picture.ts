import type { Metadata, Sharp, SharpOptions } from 'sharp'
import { KeyedLock } from '../../../util/keyed-lock.ts'

/** What a picture's bytes say of it. */
export interface PictureFacts {
  width: number
  height: number
  animated: boolean
}

/** The longer side of a small picture. */
const thumbnailSide = 100

const limits: SharpOptions = {
  // Four times what phones take.
  limitInputPixels: 64_000_000,
  // A picture that is broken in places is still one.
  failOn: 'error',
  sequentialRead: true,
}
/** Pixels of a picture that is made small: what phones take, and less where all of it has to be in memory for that. */
const maxPixels = { inRows: 16_000_000, whole: 4_000_000 }
/** No picture is worth more time than this. */
const maxSeconds = 15

/** Of all the formats that the library reads, those that phones show. */
const readers = ['JpegFile', 'PngFile', 'WebpFile', 'NsgifFile'].map((name) => `VipsForeignLoad${name}`)

/** How large a picture is as it is looked at. @throws where it is broken, too large or none */
export async function pictureFacts(path: string): Promise<PictureFacts> {
  const { autoOrient, pages = 1 } = await (await open(path)).metadata()
  return { ...autoOrient, animated: pages > 1 }
}

/** Decoding takes most of the memory that a file costs: one picture at a time. */
const decoder = new KeyedLock()

/**
 * A JPEG of some kilobytes, at most {@link thumbnailSide} pixels wide and high, of the first picture in the file.
 * @throws where it is broken, too large or none
 */
export function thumbnailOf(path: string): Promise<Uint8Array> {
  return decoder.run('', () => makeThumbnail(path))
}

async function makeThumbnail(path: string): Promise<Uint8Array> {
  const picture = await open(path)
  refuseLarge(await picture.metadata())
  return picture
    .autoOrient()
    .resize(thumbnailSide, thumbnailSide, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .jpeg({ quality: 60 })
    .timeout({ seconds: maxSeconds })
    .toBuffer()
}

/** Judges by the header alone, before a pixel is decoded. @throws for more pixels than the kind of picture may have */
function refuseLarge(head: Metadata): void {
  const { width, height, format, isProgressive, orientation = 1, pages = 1 } = head
  // Rows come one after the other, but for these: interlaced, put together of frames, or turned after they are decoded.
  const isWhole = isProgressive || pages > 1 || (orientation > 1 && format !== 'jpeg')
  const max = isWhole ? maxPixels.whole : maxPixels.inRows
  if (width * height > max) throw new Error(`the picture has ${width * height} pixels, of at most ${max}`)
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

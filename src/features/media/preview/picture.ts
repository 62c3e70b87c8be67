import type { Metadata, Sharp, SharpOptions } from 'sharp'
import { KeyedLock } from '../../../util/keyed-lock.ts'

/** Holds the facts in a picture's bytes. */
export interface PictureFacts {
  width: number
  height: number
  animated: boolean
}

/** The longer side of a thumbnail, in pixels. */
const thumbnailSide = 100

const limits: SharpOptions = {
  // Four times the limit of phones.
  limitInputPixels: 64_000_000,
  // Tolerates pictures that are damaged in places.
  failOn: 'error',
  sequentialRead: true,
}
/**
 * The maximum pixels of a picture to scale down: the limit of phones, and less if it must be in memory as a whole.
 */
const maxPixels = { inRows: 16_000_000, whole: 4_000_000 }
/** The maximum time for one picture. */
const maxSeconds = 15

/** Readers of the formats that phones show. */
const readers = ['JpegFile', 'PngFile', 'WebpFile', 'NsgifFile'].map((name) => `VipsForeignLoad${name}`)

/** Returns a picture's size as displayed. @throws Error if it is broken, too large or no picture */
export async function pictureFacts(path: string): Promise<PictureFacts> {
  const { autoOrient, pages = 1 } = await (await open(path)).metadata()
  return { ...autoOrient, animated: pages > 1 }
}

/** Decoding takes most of a file's memory: one picture at a time. */
const decoder = new KeyedLock()

/**
 * Creates a JPEG of some kilobytes, at most {@link thumbnailSide} pixels wide and high, of the first picture in the
 * file.
 * @throws Error if it is broken, too large or no picture
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

/** Checks the header before a pixel is decoded. @throws Error for more pixels than this type of picture may have */
function refuseLarge(head: Metadata): void {
  const { width, height, format, isProgressive, orientation = 1, pages = 1 } = head
  // Rows are decoded one after another, except in pictures that are interlaced, composed of frames, or rotated after
  // decoding.
  const isWhole = isProgressive || pages > 1 || (orientation > 1 && format !== 'jpeg')
  const max = isWhole ? maxPixels.whole : maxPixels.inRows
  if (width * height > max) throw new Error(`the picture has ${width * height} pixels, of at most ${max}`)
}

async function open(path: string): Promise<Sharp> {
  // Loaded with the first picture: 25 MiB that many installations never need.
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: readers })
  return sharp(path, limits)
}

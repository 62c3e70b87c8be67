import type { FileReader } from './file-reader.ts'
import { jpegSize, shrinkJpeg } from './jpeg-decode.ts'
import { encodeJpeg } from './jpeg-encode.ts'
import { Pace } from './pace.ts'
import { pngSize, shrinkPng } from './png.ts'
import { liesOnSide, upright } from './raster.ts'
import { webpSize } from './webp.ts'

/** What a picture's bytes say of it. */
export interface PictureFacts {
  width: number
  height: number
  animated: boolean
}

/** How large a picture is as it is looked at; undefined where its bytes do not say. @throws where they are broken */
export async function pictureFacts(file: FileReader, mimeType: string): Promise<PictureFacts | undefined> {
  if (mimeType === 'image/webp') return webpSize(file)
  if (mimeType === 'image/png') {
    const size = await pngSize(file)
    return size && { width: size.width, height: size.height, animated: false }
  }
  const size = mimeType === 'image/jpeg' ? await jpegSize(file) : undefined
  if (!size) return undefined
  const { width, height, orientation } = size
  const isTurned = liesOnSide(orientation)
  return { width: isTurned ? height : width, height: isTurned ? width : height, animated: false }
}

/**
 * A small JPEG of a JPEG or PNG, at most {@link thumbnailSide} pixels wide and high and some kilobytes large; null for other
 * pictures. It reads the file piece by piece and lets others have their turn: a picture of twelve megapixels takes about a
 * third of a second and a megabyte.
 * @throws where the picture is broken or takes too long
 */
export async function thumbnailOf(file: FileReader, mimeType: string): Promise<Buffer | null> {
  const pace = new Pace()
  if (mimeType === 'image/png') {
    const small = await shrinkPng(file, pace)
    return small && encodeJpeg(small)
  }
  if (mimeType !== 'image/jpeg') return null
  const small = await shrinkJpeg(file, pace)
  const orientation = (await jpegSize(file))?.orientation ?? 1
  return small && encodeJpeg(upright(small, orientation))
}

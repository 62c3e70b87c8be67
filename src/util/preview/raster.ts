/** A small picture in the colours of JPEG: brightness, and how far it is from grey towards blue and towards red. */
export interface Raster {
  width: number
  height: number
  y: Uint8ClampedArray
  cb: Uint8ClampedArray
  cr: Uint8ClampedArray
}

/** The longer side of a thumbnail. */
export const thumbnailSide = 100

export function makeRaster(width: number, height: number): Raster {
  const plane = () => new Uint8ClampedArray(width * height)
  return { width, height, y: plane(), cb: plane().fill(128), cr: plane().fill(128) }
}

/** How large a thumbnail of a picture is; never larger than the picture. */
export function thumbnailSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, thumbnailSide / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Writes a pixel that is given as red, green and blue (ITU-R BT.601, as JFIF wants it). */
export function setRgb(raster: Raster, at: number, [r, g, b]: readonly [number, number, number]): void {
  raster.y[at] = 0.299 * r + 0.587 * g + 0.114 * b
  raster.cb[at] = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b
  raster.cr[at] = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b
}

/** Whether pictures with this orientation (EXIF, 1 to 8) lie on their side. */
export function liesOnSide(orientation: number): boolean {
  return orientation >= 5
}

/** The picture as it is to be looked at: cameras write down how they were held (EXIF, 1 to 8) instead of turning it. */
export function upright(raster: Raster, orientation: number): Raster {
  if (orientation <= 1 || orientation > 8) return raster
  const { width, height } = raster
  const turned = liesOnSide(orientation) ? makeRaster(height, width) : makeRaster(width, height)
  for (let y = 0; y < turned.height; y += 1) {
    for (let x = 0; x < turned.width; x += 1) {
      const [fromX, fromY] = source(orientation, liesOnSide(orientation) ? [y, x] : [x, y], raster)
      const [to, from] = [y * turned.width + x, fromY * width + fromX]
      for (const plane of ['y', 'cb', 'cr'] as const) turned[plane][to] = raster[plane][from] ?? 0
    }
  }
  return turned
}

const mirroredX = new Set([2, 3, 7, 8])
const mirroredY = new Set([3, 4, 6, 7])

function source(
  orientation: number,
  [x, y]: readonly [number, number],
  { width, height }: Raster,
): [number, number] {
  return [mirroredX.has(orientation) ? width - 1 - x : x, mirroredY.has(orientation) ? height - 1 - y : y]
}

const mark = Buffer.from('OggS')
const samplesPerSecond = 48_000
/** A page is at most 65,307 bytes long (RFC 3533, section 6), so the last one begins within these. */
export const oggTailBytes = 65_307

/**
 * Returns the duration of an Ogg Opus file from its last bytes: the last page states the number of samples, at 48 kHz (RFC
 * 7845, section 4). Null if no page is found.
 */
export function oggSeconds(tail: Buffer): number | null {
  const at = tail.lastIndexOf(mark)
  if (at < 0 || at + 14 > tail.length) return null
  const samples = Number(tail.readBigInt64LE(at + 6))
  return samples > 0 && samples < samplesPerSecond * 86_400
    ? Math.max(1, Math.round(samples / samplesPerSecond))
    : null
}

const unknown = 'application/octet-stream'

/** Names that phones and browsers know better than the formal ones. */
const usual: Readonly<Record<string, string>> = {
  'audio/x-m4a': 'audio/mp4',
  'audio/vnd.wave': 'audio/wav',
  'video/x-m4v': 'video/mp4',
}

/**
 * Detects the type from the beginning of a file, not from its sender's claims. Text of any kind, including HTML, XML and SVG,
 * is `text/plain`; unknown content is `application/octet-stream`.
 */
export async function sniffMimeType(head: Buffer): Promise<string> {
  if (head.length === 0) return unknown
  // Takes a quarter of a second to load, and most messages have no file.
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  const type = found?.mime ?? (looksLikeText(head) ? 'text/plain' : unknown)
  if (/xml|html/.test(type) && !type.includes('openxml')) return 'text/plain'
  return usual[type] ?? type
}

/** Tells whether it is UTF-8 without control characters, apart from a character cut at the end of the sample. */
function looksLikeText(head: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return !/[^\P{Cc}\s]/u.test(text)
  } catch {
    return false
  }
}

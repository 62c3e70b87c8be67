const unknown = 'application/octet-stream'

/** Names that phones and browsers know better than the formal ones. */
const usual: Readonly<Record<string, string>> = {
  'audio/x-m4a': 'audio/mp4',
  'audio/vnd.wave': 'audio/wav',
  'video/x-m4v': 'video/mp4',
}

/**
 * What the beginning of a file says that it is; nobody's word counts. Text of any kind, also HTML, XML and SVG, is
 * `text/plain`, and what nothing is known of is `application/octet-stream`.
 */
export async function sniffMimeType(head: Buffer): Promise<string> {
  if (head.length === 0) return unknown
  // A quarter of a second to load, and most messages have no file.
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  const type = found?.mime ?? (looksLikeText(head) ? 'text/plain' : unknown)
  if (/xml|html/.test(type) && !type.includes('openxml')) return 'text/plain'
  return usual[type] ?? type
}

/** Well-formed UTF-8 without control characters, but for a character that the end of the sample cut in two. */
function looksLikeText(head: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return !/[^\P{Cc}\s]/u.test(text)
  } catch {
    return false
  }
}

import { cutText, plainText } from '../../util/text.ts'

const maxLength = 120
const maxExtensionLength = 12

/**
 * Makes a name safe to show and to save under: no path, no control or bidirectional characters, nothing that a file
 * system refuses, at most 120 characters with the extension kept. Empty if nothing is left.
 */
export function cleanFileName(value: unknown): string {
  const given = cutText(plainText(value), 4096)
  const last = given.split(/[/\\]/).findLast((part) => part.trim() !== '') ?? ''
  const clean = last
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replaceAll(/[<>:"|?*]/g, '_')
    .replace(/^[\s.]+/, '')
    .replace(/[\s.]+$/, '')
  if (clean.length <= maxLength) return clean
  const dot = clean.lastIndexOf('.')
  const extension = dot > 0 && clean.length - dot <= maxExtensionLength ? clean.slice(dot) : ''
  return cutText(clean, maxLength - extension.length) + extension
}

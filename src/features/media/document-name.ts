import { cleanFileName } from './file-name.ts'
import type { AccountId } from '../../core/ids.ts'
import type { Language } from '../../core/phone/language.ts'
import type { Db } from '../../db/tables.ts'

const office = 'application/vnd.openxmlformats-officedocument.'

/** The extensions of each type, the usual one first. */
const extensions: Readonly<Record<string, readonly string[]>> = {
  'application/pdf': ['pdf', 'ai'],
  'application/rtf': ['rtf', 'doc'],
  [`${office}wordprocessingml.document`]: ['docx'],
  [`${office}wordprocessingml.template`]: ['dotx'],
  [`${office}spreadsheetml.sheet`]: ['xlsx'],
  [`${office}spreadsheetml.template`]: ['xltx'],
  [`${office}presentationml.presentation`]: ['pptx'],
  [`${office}presentationml.template`]: ['potx'],
  [`${office}presentationml.slideshow`]: ['ppsx'],
  'application/vnd.ms-word.document.macroenabled.12': ['docm'],
  'application/vnd.ms-excel.sheet.macroenabled.12': ['xlsm'],
  'application/vnd.ms-excel.sheet.binary.macroenabled.12': ['xlsb'],
  'application/vnd.ms-powerpoint.presentation.macroenabled.12': ['pptm'],
  'application/vnd.oasis.opendocument.text': ['odt'],
  'application/vnd.oasis.opendocument.spreadsheet': ['ods'],
  'application/vnd.oasis.opendocument.presentation': ['odp'],
  'application/vnd.oasis.opendocument.graphics': ['odg'],
  'application/epub+zip': ['epub'],
  'application/java-archive': ['jar', 'war', 'ear'],
  'application/vnd.android.package-archive': ['apk'],
  'application/gzip': ['gz', 'tgz', 'svgz'],
  'application/x-7z-compressed': ['7z'],
  'application/x-rar-compressed': ['rar'],
  'application/x-tar': ['tar'],
  'application/x-msdownload': ['exe', 'dll', 'scr'],
  'image/jpeg': ['jpg', 'jpeg', 'jfif'],
  'image/png': ['png', 'apng'],
  'image/gif': ['gif'],
  'image/webp': ['webp'],
  'image/bmp': ['bmp'],
  'image/tiff': ['tif', 'tiff', 'dng'],
  'image/heic': ['heic', 'heif'],
  'image/heif': ['heif', 'heic'],
  'image/avif': ['avif'],
  'video/mp4': ['mp4', 'm4v', 'mov', 'm4a'],
  'video/quicktime': ['mov', 'mp4'],
  'video/3gpp': ['3gp', 'mp4'],
  'video/webm': ['webm'],
  'video/x-matroska': ['mkv', 'webm'],
  'video/matroska': ['mkv', 'webm'],
  'audio/mpeg': ['mp3'],
  'audio/mp4': ['m4a', 'mp4', 'm4b'],
  'audio/ogg': ['ogg', 'oga', 'opus'],
  'audio/wav': ['wav'],
  'audio/aac': ['aac'],
  'audio/amr': ['amr'],
  'audio/flac': ['flac'],
}

/** Types that say little: their files keep any extension; this one is for names without any. */
const vague: Readonly<Record<string, string>> = {
  'text/plain': 'txt',
  'application/zip': 'zip',
  'application/x-cfb': 'doc',
  'application/octet-stream': 'bin',
}

const known = new Set(Object.values(extensions).flat())
/**
 * Extensions of text, archives and older office documents: also wrong if the bytes are any type of the list above.
 */
const exceptions = new Set([
  'txt',
  'csv',
  'html',
  'htm',
  'xml',
  'json',
  'md',
  'doc',
  'xls',
  'ppt',
  'zip',
  'bin',
])
/** Extensions of programs that generate the file: addresses end with them, files do not. */
const scripts = new Set(['php', 'asp', 'aspx', 'ashx', 'jsp', 'jspx', 'do', 'cgi', 'pl', 'action'])

const words: Record<Language, string> = { es: 'documento', pt: 'documento', en: 'document' }

/** Tells in which language the business speaks; null if nothing says so. */
export interface BusinessLanguage {
  ofBusiness(db: Db, accountId: AccountId): Promise<Language | null>
}

/** Returns the word for a document without a name, in the business's language. */
export async function wordForUnnamed(
  languages: BusinessLanguage,
  db: Db,
  accountId: AccountId,
): Promise<string> {
  return words[(await languages.ofBusiness(db, accountId)) ?? 'es']
}

/**
 * Completes a document's name so that phones and computers open it correctly: replaces an extension of another type,
 * adds a missing one. Any input is safe; the result can be shown and used as a file name.
 */
export function documentName(name: string, mimeType: string): string {
  const clean = cleanFileName(name)
  const [type = ''] = mimeType.split(';')
  const extension = extensionOf(clean)
  const fitting = extensions[type]
  if (extension === '') return withExtension(clean, fitting?.[0] ?? vague[type])
  if (fitting === undefined || fitting.includes(extension)) return clean
  const stem =
    known.has(extension) || exceptions.has(extension) ? clean.slice(0, -extension.length - 1) : clean
  return withExtension(stem, fitting[0])
}

/** Returns the name at the end of an address; empty if it has none, or a program generates the file. */
export function nameInAddress(url: string): string {
  if (!URL.canParse(url)) return ''
  const { pathname } = new URL(url)
  const name = cleanFileName(decoded(pathname.slice(pathname.lastIndexOf('/') + 1)))
  const extension = extensionOf(name)
  return extension === '' || scripts.has(extension) ? '' : name
}

/** Returns the extension in lower case without its dot; empty if the name has none. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = name.slice(dot + 1).toLowerCase()
  return dot > 0 && /^(?=.*[a-z])[a-z0-9]{1,8}$|^7z$/.test(extension) ? extension : ''
}

function withExtension(name: string, extension: string | undefined): string {
  if (extension === undefined || name === '') return name
  // Cleaned again, because it may be too long by now.
  return cleanFileName(`${name.replace(/[\s.]+$/, '')}.${extension}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

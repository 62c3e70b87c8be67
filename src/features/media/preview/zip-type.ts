import { open } from 'node:fs/promises'
import { FileReader } from './file-reader.ts'

/** A ZIP file's end record may have a comment of 64 KiB behind it (APPNOTE 4.3.16). */
const tailBytes = 22 + 0xffff
const maxListBytes = 256 * 1024
const maxEntries = 4000
const endMark = 0x06_05_4b_50
const entryMark = 0x02_01_4b_50

const office = 'application/vnd.openxmlformats-officedocument.'
/** Office formats by the name of the part that holds the document. */
const byPart: Readonly<Record<string, string>> = {
  'word/document.xml': `${office}wordprocessingml.document`,
  'xl/workbook.xml': `${office}spreadsheetml.sheet`,
  'ppt/presentation.xml': `${office}presentationml.presentation`,
  'xl/workbook.bin': 'application/vnd.ms-excel.sheet.binary.macroenabled.12',
}
const withMacros: Readonly<Record<string, string>> = {
  'word/vbaProject.bin': 'application/vnd.ms-word.document.macroenabled.12',
  'xl/vbaProject.bin': 'application/vnd.ms-excel.sheet.macroenabled.12',
  'ppt/vbaProject.bin': 'application/vnd.ms-powerpoint.presentation.macroenabled.12',
}
/** Types that a file of this family declares in its part `mimetype`. */
const declared = /^application\/(?:vnd\.oasis\.opendocument\.[a-z-]{1,40}|epub\+zip)$/

interface Entry {
  /** The offset of its local header, which stands before its content. */
  offset: number
  size: number
  isStored: boolean
}

/**
 * Detects the content of a ZIP file (an office document, a book, a program) from the central directory at its end, in any order
 * of its parts. Undefined for other archives and for incomplete ZIP files.
 */
export async function zipMimeType(path: string): Promise<string | undefined> {
  const file = await open(path, 'r')
  try {
    const reader = new FileReader(file, (await file.stat()).size)
    const entries = await entriesOf(reader)
    return (await declaredType(reader, entries.get('mimetype'))) ?? typeOf(entries)
  } finally {
    await file.close()
  }
}

function typeOf(entries: ReadonlyMap<string, Entry>): string | undefined {
  const has = (name: string) => entries.has(name)
  const find = (types: Readonly<Record<string, string>>) => types[Object.keys(types).find(has) ?? '']
  if (has('[Content_Types].xml')) return find(withMacros) ?? find(byPart)
  if (has('META-INF/container.xml') && !has('META-INF/MANIFEST.MF')) return 'application/epub+zip'
  if (has('AndroidManifest.xml')) return 'application/vnd.android.package-archive'
  return has('META-INF/MANIFEST.MF') ? 'application/java-archive' : undefined
}

async function declaredType(file: FileReader, entry: Entry | undefined): Promise<string | undefined> {
  if (!entry?.isStored || entry.size > 100) return undefined
  const head = await file.at(entry.offset, 30)
  if (head.length < 30) return undefined
  const start = entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28)
  const said = (await file.at(start, entry.size)).toString('latin1').trim()
  return declared.test(said) ? said : undefined
}

/** Reads the entries of the central directory by name, up to a limit. */
async function entriesOf(file: FileReader): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  const tail = await file.at(Math.max(0, file.size - tailBytes), tailBytes)
  const end = endOf(tail)
  if (end === undefined) return entries
  const list = await file.at(end.offset, Math.min(end.size, maxListBytes))
  for (let at = 0; at + 46 <= list.length && entries.size < maxEntries;) {
    if (list.readUInt32LE(at) !== entryMark) break
    const nameLength = list.readUInt16LE(at + 28)
    const name = list.toString('latin1', at + 46, at + 46 + nameLength)
    entries.set(name, {
      offset: list.readUInt32LE(at + 42),
      size: list.readUInt32LE(at + 20),
      isStored: list.readUInt16LE(at + 10) === 0,
    })
    at += 46 + nameLength + list.readUInt16LE(at + 30) + list.readUInt16LE(at + 32)
  }
  return entries
}

function endOf(tail: Buffer): { offset: number; size: number } | undefined {
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail[at] === 0x50 && tail.readUInt32LE(at) === endMark)
      return { size: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) }
  }
  return undefined
}

import { withoutHtml } from './html.ts'
import { withRowsForTables } from './tables.ts'
import { examined } from './text.ts'

/**
 * Converts Markdown and HTML to WhatsApp's own marks, and to plain lines where WhatsApp has none. Code, addresses and
 * words with inner marks (`REF__A__B`) stay as they are.
 */
export function toWhatsAppMarks(text: string): string {
  const kept = new Kept()
  let rest = withoutCitations(kept.free(examined(text)))
  rest = withoutFences(rest, kept)
  rest = rest.replaceAll(/(`{1,2})([^`\n]+)\1/g, (_, __, code: string) => kept.keep(`\`${code.trim()}\``))
  rest = rest.replaceAll(/\\([\\`*_{}[\]()#+.!|~>$-])/g, (_, sign: string) => kept.keep(sign))
  rest = withPlainLinks(withoutHtml(rest), kept)
  rest = withRowsForTables(rest).split('\n').map(plainLine).join('\n')
  rest = emphasized(withoutUnderlines(rest))
  return kept
    .restore(rest)
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

/** Keeps pieces from being changed, behind placeholders that no text has. */
class Kept {
  private readonly pieces: string[] = []

  free(text: string): string {
    return text.replaceAll(/[\uE000\uE001]/g, '')
  }

  keep(piece: string): string {
    return `\uE000${this.pieces.push(piece) - 1}\uE001`
  }

  restore(text: string): string {
    const shown = (from: string): string =>
      from.replaceAll(/\uE000(\d+)\uE001/g, (_, index: string) => this.pieces[Number(index)] ?? '')
    // A link may contain an escaped sign that was kept before it.
    return shown(shown(text))
  }
}

/** Removes source references that models' search tools leave: `【4:0†file.md】`, `[doc1]`, `[^1]`. */
function withoutCitations(text: string): string {
  return text
    .replaceAll(/\uE200[^\uE201\n]{0,200}\uE201/g, '')
    .replaceAll(/ ?【[^【】\n]{0,200}】/g, (found) => (/[†:]|^ ?【\d+】$|source/i.test(found) ? '' : found))
    .replaceAll(/:?contentReference\[oaicite:[^\]\n]{0,40}\](?:\{[^}\n]{0,40}\})?/g, '')
    .replaceAll(/ ?\[(?:\^\d{1,3}|doc\d{1,3})\](?![(:])/g, '')
    .replaceAll(/(?<=[\p{L}.!?)])(?:\[\d{1,2}\])+(?=[\s.,;]|$)(?!\()/gu, '')
}

const wordFences = new Set([
  'markdown',
  'md',
  'text',
  'txt',
  'plaintext',
  'plain',
  'whatsapp',
  'html',
  'xml',
  'mdx',
])

/** Removes fences around words; those around code stay, without the language's name. */
function withoutFences(text: string, kept: Kept): string {
  const whole = /^\s*(?:```|~~~)\w{0,20}\n([\s\S]*)\n(?:```|~~~)\s*$/.exec(text)?.[1]
  if (whole !== undefined && !/```|~~~/.test(whole)) return whole
  return text.replaceAll(
    /(```|~~~)([\w+-]{0,20})[ \t]*\n?([\s\S]*?)(?:\1|$)/g,
    (_, __, language: string, code: string) =>
      wordFences.has(language.toLowerCase()) ? code.trim() : kept.keep(`\`\`\`${code.trim()}\`\`\``),
  )
}

const address = String.raw`<?((?:https?:|mailto:|tel:|\/|#)[^\s()<>]*(?:\([^\s()<>]{0,200}\)[^\s()<>]*)?)>?`
const inlineLink = new RegExp(
  String.raw`!?\[([^\][\n]{0,500})\]\(\s?${address}(?:\s+["'][^"'\n]{0,200}["'])?\s?\)`,
  'g',
)
const definition = /^ {0,3}\[([^\][\n]{1,100})\]:[ \t]+<?(https?:[^\s<>]+)>?.*$/gm
const referenceLink = /\[([^\][\n]{1,200})\] ?\[([^\][\n]{0,100})\]/g
const automatic = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/g
const bare = /https?:\/\/[^\s<>"`\uE000\uE001]+/g
const mail = /<([\w.+-]{1,64}@[\w.-]{1,200})>/g

/** Writes each link as its words and its unchanged address. */
function withPlainLinks(text: string, kept: Kept): string {
  const addresses = new Map<string, string>()
  const withoutDefinitions = text.replaceAll(definition, (_, name: string, url: string) => {
    addresses.set(name.toLowerCase(), url)
    return ''
  })
  return withoutDefinitions
    .replaceAll(inlineLink, (_, words: string, url: string) => linkInWords(words, url, kept))
    .replaceAll(referenceLink, (whole, words: string, name: string) => {
      const url = addresses.get((name === '' ? words : name).toLowerCase())
      return url === undefined ? whole : linkInWords(words, url, kept)
    })
    .replaceAll(automatic, (_, url: string) => linkInWords('', url, kept))
    .replaceAll(mail, (_, at: string) => kept.keep(at))
    .replaceAll(bare, (url) => {
      // Marks around an address and the end of its sentence are not part of it.
      const own = url.replace(/(?<![*_~.,;:!?)\]'])[*_~.,;:!?)\]']+$/, '')
      return kept.keep(own) + url.slice(own.length)
    })
}

function linkInWords(words: string, url: string, kept: Kept): string {
  const shown = url.replace(/^(?:mailto|tel):/, '')
  const plain = words.trim()
  if (!/^(?:https?|mailto|tel):/.test(url)) return plain
  const same =
    plain.replace(/^https?:\/\//, '').replace(/\/$/, '') ===
    shown.replace(/^https?:\/\//, '').replace(/\/$/, '')
  return plain === '' || same ? kept.keep(shown) : `${plain}: ${kept.keep(shown)}`
}

/** Converts a line: headings become bold, rules go, stars and pluses of lists become dashes. */
function plainLine(line: string): string {
  const heading = /^ {0,3}#{1,6}[ \t]+(.*)$/.exec(line)?.[1]
  if (heading !== undefined) return bold(heading.replace(/(?<!#)#+\s*$/, ''))
  if (/^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/.test(line)) return ''
  return line.replace(/^(\s{0,12})[*+-][ \t]+(?:\[[ xX]\][ \t]+)?/, '$1- ')
}

/** Converts a line underlined with `=` or `-` to a heading. */
function withoutUnderlines(text: string): string {
  return text.replaceAll(/^(?![-\s>])(.{1,120})\n {0,3}={2,}[ \t]*$/gm, (_, words: string) => bold(words))
}

function bold(words: string): string {
  const plain = words
    .replaceAll(/\*\*|__/g, '')
    .replaceAll(/^\*|\*$/g, '')
    .trim()
  return plain === '' ? '' : `*${plain}*`
}

/** Splits emphasis over several lines: WhatsApp's ends with the line. */
function onEachLine(words: string, around: (line: string) => string): string {
  return words
    .split('\n')
    .map((line) => {
      const [, head = '', rest = ''] = /^(\s*(?:- |\d{1,3}[.)] |> )?)(.*)$/s.exec(line) ?? []
      return rest.trim() === '' ? line : head + around(rest.trim())
    })
    .join('\n')
}

// A mark within a word, or before an ending (`__init__.py`), belongs to a name or code.
const opening = String.raw`(?<![\p{L}\p{N}_*~./@-])`
const closing = String.raw`(?![\p{L}\p{N}_*~]|[./@-][\p{L}\p{N}])`
const inside = String.raw`((?:(?!\n\s*\n)[\s\S]){1,1000}?)`
const both = new RegExp(String.raw`${opening}\*\*\*${inside}\*\*\*(?!\*)`, 'gu')
const stars = new RegExp(String.raw`(?<!\*)\*\*(?!\*)${inside}\*\*(?!\*)`, 'gu')
const lines = new RegExp(String.raw`${opening}__(?!_)${inside}__${closing}`, 'gu')
const struck = new RegExp(String.raw`${opening}~~${inside}~~(?!~)`, 'gu')

function emphasized(text: string): string {
  const asBold = (words: string) =>
    onEachLine(words, (line) => `*${line.replaceAll(/(?<!\*)\*([^*\n]+)\*(?!\*)/g, '_$1_')}*`)
  return text
    .replaceAll(both, (_, words: string) => onEachLine(words, (line) => `*_${line}_*`))
    .replaceAll(stars, (whole, words: string, at: number) =>
      isWithinWord(text, at, whole.length) ? whole : asBold(words),
    )
    .replaceAll(lines, (_, words: string) => asBold(words))
    .replaceAll(struck, (_, words: string) => onEachLine(words, (line) => `~${line}~`))
    .replaceAll(
      /(?<![\p{L}\p{N}*])\*\*(?=[\p{L}\p{N}¿¡"«])|(?<=[\p{L}\p{N}.!?:"»])\*\*(?![\p{L}\p{N}*])/gu,
      '',
    )
    .replaceAll(/(?<![\p{L}\p{N}~])~~(?=[\p{L}\p{N}])|(?<=[\p{L}\p{N}.!?:])~~(?![\p{L}\p{N}~])/gu, '')
}

/** Tells whether letters or digits stand on both sides: `AB**12**C` is a code. */
function isWithinWord(text: string, at: number, length: number): boolean {
  const sign = /[\p{L}\p{N}]/u
  return sign.test(text.charAt(at - 1)) && sign.test(text.charAt(at + length))
}

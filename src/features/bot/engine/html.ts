const replaced: Readonly<Record<string, string>> = {
  br: '\n',
  hr: '\n',
  p: '\n',
  div: '\n',
  ul: '\n',
  ol: '\n',
  table: '\n',
  tr: '\n',
  tbody: '',
  thead: '',
  td: ' ',
  th: ' ',
  b: '**',
  strong: '**',
  i: '_',
  em: '_',
  s: '~~',
  del: '~~',
  strike: '~~',
  code: '`',
  pre: '```',
  u: '',
  ins: '',
  mark: '',
  small: '',
  sub: '',
  sup: '',
  span: '',
  font: '',
  center: '\n',
  html: '',
  body: '',
  summary: '\n',
  details: '\n',
  blockquote: '\n',
  section: '\n',
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  aacute: 'á',
  eacute: 'é',
  iacute: 'í',
  oacute: 'ó',
  uacute: 'ú',
  Aacute: 'Á',
  Eacute: 'É',
  Iacute: 'Í',
  Oacute: 'Ó',
  Uacute: 'Ú',
  ntilde: 'ñ',
  Ntilde: 'Ñ',
  uuml: 'ü',
  Uuml: 'Ü',
  atilde: 'ã',
  Atilde: 'Ã',
  otilde: 'õ',
  Otilde: 'Õ',
  acirc: 'â',
  ecirc: 'ê',
  ocirc: 'ô',
  agrave: 'à',
  ccedil: 'ç',
  Ccedil: 'Ç',
  iexcl: '¡',
  iquest: '¿',
  euro: '€',
  pound: '£',
  copy: '©',
  reg: '®',
  deg: '°',
  ordm: 'º',
  ordf: 'ª',
  laquo: '«',
  raquo: '»',
  ldquo: '“',
  rdquo: '”',
  lsquo: '‘',
  rsquo: '’',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  middot: '·',
  bull: '•',
  times: '×',
}

const anchor =
  /<a\s[^<>]{0,300}?href\s?=\s?["']?((?:https?|mailto|tel):[^"'\s<>]+)["']?[^<>]{0,300}>([^<]{0,500})<\/a\s?>/gi
const heading = /<h[1-6](?:\s[^<>]{0,200})?>([^<]{0,500})<\/h[1-6]\s?>/gi
const tag = /<(\/?)([a-z][a-z0-9]{0,12})(?:\s[^<>]{0,500})?\/?>/gi

/** Converts HTML to Markdown's marks and plain characters. Unknown tags stay. */
export function withoutHtml(text: string): string {
  return text
    .replaceAll(/<!--[^>]{0,1000}-->/g, '')
    .replaceAll(anchor, (_, url: string, words: string) => {
      const shown = url.replace(/^(?:mailto|tel):/i, '')
      return words.trim() === '' || words.trim() === shown ? shown : `${words.trim()}: ${shown}`
    })
    .replaceAll(heading, '\n# $1\n')
    .replaceAll(tag, (whole, slash: string, name: string) => {
      const lower = name.toLowerCase()
      if (lower === 'li') return slash === '' ? '\n- ' : ''
      return Object.hasOwn(replaced, lower) ? (replaced[lower] ?? '') : whole
    })
    .replaceAll(
      /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi,
      (whole, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole
        return characterOf(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)) ?? whole
      },
    )
}

function characterOf(code: number): string | undefined {
  const isCharacter = code >= 32 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return isCharacter ? String.fromCodePoint(code) : undefined
}

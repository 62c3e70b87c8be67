import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { firstFailure } from '../../../src/features/bot/engine/checks.ts'
import type { Evidence } from '../../../src/features/bot/engine/checks.ts'
import { falseClaim } from '../../../src/features/bot/engine/claims.ts'
import { knownDates, statedIn } from '../../../src/features/bot/engine/extract.ts'
import { withoutHtml } from '../../../src/features/bot/engine/html.ts'
import { leaks, showsSecret } from '../../../src/features/bot/engine/leaks.ts'
import { toWhatsAppMarks } from '../../../src/features/bot/engine/marks.ts'
import { asksForPerson } from '../../../src/features/bot/engine/phrases.ts'
import { fenced, neverSay } from '../../../src/features/bot/engine/prompt.ts'
import { splitAnswer } from '../../../src/features/bot/engine/split.ts'
import { withRowsForTables } from '../../../src/features/bot/engine/tables.ts'
import {
  cleaned,
  examined,
  folded,
  isForeignScript,
  likeness,
  wordsOf,
} from '../../../src/features/bot/engine/text.ts'
import { documentName, nameInAddress } from '../../../src/features/media/document-name.ts'
import { looksIntact, weaknessOf } from '../../../src/features/access/api-key.ts'
import { findService, parseOpenStretch, parseService } from '../../../src/features/bot/rules/bot-schedule.ts'
import { defaultBotConfig } from '../../../src/features/bot/rules/bot-settings.ts'
import { isDate } from '../../../src/core/time/local-time.ts'
import { botTools, toolParameters } from '../../../src/features/bot/rules/bot-tools.ts'
import type { ToolName } from '../../../src/features/bot/rules/bot-tools.ts'
import { answersQuestion, readConsentWord, withOptOut } from '../../../src/features/sending/rules/consent.ts'
import { readSearch as readCustomerSearch } from '../../../src/features/contacts/customer.ts'
import { bareJid, formatPhone, jidKind, parseAddress, parseChatAddress } from '../../../src/core/jid.ts'
import { detectLanguage, languageByWords } from '../../../src/core/phone/language.ts'
import { readIsoTime } from '../../../src/core/time/iso-time.ts'
import { readMoment } from '../../../src/core/time/moment.ts'
import { isSameCode } from '../../../src/features/accounts/passkey.ts'
import * as numbers from '../../../src/core/phone/phone-number.ts'
import { jidOfUsername, readUsername } from '../../../src/core/username.ts'
import * as spellings from '../../../src/core/phone/phone-spellings.ts'
import { redacted } from '../../../src/core/redact.ts'
import { findMatches, readSearch } from '../../../src/features/messages/search/search-terms.ts'
import {
  cleanText,
  fallbackOf,
  faultOfText,
  fits,
  isVariableName,
  readLanguage,
  render,
  requiredVariablesOf,
  variablesOf,
} from '../../../src/features/sending/rules/template.ts'
import { isEventPattern } from '../../../src/features/webhooks/webhook.ts'
import { defaultDialect, learnt } from '../../../src/llm/dialect.ts'
import { isGlue, valuesIn } from '../../../src/llm/json-in-text.ts'
import { readReply, readTranscript } from '../../../src/llm/read-reply.ts'
import { findTextCalls } from '../../../src/llm/text-calls.ts'
import { withoutThoughts } from '../../../src/llm/thoughts.ts'
import { passagesOf, searchWords } from '../../../src/features/bot/knowledge.ts'
import { digestOf } from '../../../src/features/sending/broadcast-guard.ts'
import { cleanFileName } from '../../../src/features/media/file-name.ts'
import { maskDigits } from '../../../src/util/logger.ts'
import { printable, printableJson, printableLogLine } from '../../../src/util/printable.ts'
import { cutText, foldText, manyLines, oneLine, plainText, decomposed } from '../../../src/util/text.ts'
import {
  readButtons,
  readChannelInvite,
  readGroupInvite,
  readInteractive,
  readList,
  readPaymentRequest,
  readScheduledCall,
  readStickerPack,
  readStructured,
  readTemplate,
} from '../../../src/whatsapp/content/business-kinds.ts'
import {
  cardProperties,
  componentsOf,
  decodedValue,
  textOf,
} from '../../../src/whatsapp/content/card-lines.ts'
import { words } from '../../../src/whatsapp/content/checked.ts'
import { readFormAnswer } from '../../../src/whatsapp/content/form.ts'
import { readCard, writeCard } from '../../../src/whatsapp/content/vcard.ts'
import { others } from './not-timed.ts'
import { leastCpuMs } from '../../support/cpu-time.ts'

/** As long as a text that a phone sends can be. */
const length = 65_536
const limitMs = 50

const filled = (piece: string) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)

/** Pieces of which whole texts are made. After the first twelve, each nearly matches some pattern again and again. */
const pieces = [
  'a',
  'a.',
  'a-',
  '7',
  ' ',
  '😀',
  '\n',
  'á',
  'ﷺ',
  '\u200b',
  '!',
  '\u0301',
  'a@',
  'a@a.',
  'a.a@a-',
  '1 111',
  '111 ',
  '1,111.',
  '1-',
  '12:',
  '+1 ',
  'un ',
  'cien y ',
  'precio 1 ',

  'a. ',
  'no, ',
  'esta cita ',
  'eyJa-',
  'sk-',
  'bearer ',
  '<|',
  '"arguments" ',
  'un agente ',
  '{{',
  '{{a.',
  '[',
  '](',
  '[a](http:',
  '*',
  '**',
  '**a',
  '__',
  '_a',
  '~~',
  '`',
  '```\n',
  '# ',
  '#\n',
  '|',
  '|-',
  '> ',

  '<',
  '<think>',
  '</think>',
  '<a ',
  '&',
  '&am',
  '【',
  '[TOOL_CALLS]',
  '<tool_call>',
  '{"name":',
  '{',
  '[{',

  'Action: ',
  'TEL:1\n',
  'TEL',
  'item1.',
  ';TYPE=',
  '"',
  '"a" ',
  '\\',
  '(',
  ' .',
  '. ',
  ', ',
  '- ',
  'a\n',
]
const texts = pieces.map((piece, index) => (index < 12 ? filled(piece) : `${filled(piece).slice(1)}ñ`))

const confidential = {
  markers: ['a1b2c3'],
  texts: [{ text: 'one two three four five six seven eight nine ten '.repeat(40), run: 8 }],
  secrets: ['sk-test-0123456789'],
}
const evidence = (text: string): Evidence => ({
  confidential,
  business: text,
  customer: text,
  done: new Set(),
  earlier: [text],
  neverSay: ['a * b', text.slice(0, 4000)],
  language: 'es',
  year: 2026,
})
const offered = (Object.keys(botTools) as ToolName[]).map((name) => ({
  name,
  description: '',
  parameters: toolParameters(name),
}))
const marks = { fence: 'a1b2c3', canary: 'd4e5f6' }

/** Calls functions with a text from outside. */
const readers: Record<string, Record<string, (text: string) => unknown>> = {
  'features/bot/engine/checks': {
    firstFailure: (text) => firstFailure(text, evidence(text.slice(0, 24_000))),
  },
  'features/bot/engine/claims': { falseClaim: (text) => falseClaim(text, new Set()) },
  'features/bot/engine/extract': { statedIn, knownDates: (text) => knownDates(text, 2026) },
  'features/bot/engine/leaks': {
    leaks: (text) => leaks(text, confidential),
    showsSecret: (text) => showsSecret(text, confidential),
  },
  'features/bot/engine/phrases': { asksForPerson },
  'features/bot/engine/prompt': { fenced: (text) => fenced('customer', text, marks), neverSay },
  'features/bot/engine/html': { withoutHtml },
  'features/bot/engine/marks': { toWhatsAppMarks },
  'features/bot/engine/split': { splitAnswer },
  'features/bot/engine/tables': { withRowsForTables },
  'features/bot/engine/text': {
    cleaned: (text) => cleaned(text, 4000),
    examined,
    folded,
    isForeignScript,
    likeness: (text) => likeness(text, `${text}a`),
    wordsOf,
  },
  'features/access/api-key': { looksIntact, weaknessOf },
  'features/bot/rules/bot-schedule': {
    findService: (text) => findService(defaultBotConfig.schedule, text),
    parseOpenStretch,
    parseService,
  },
  'core/time/local-time': { isDate },
  'features/sending/rules/consent': {
    answersQuestion: (text) => answersQuestion(text.slice(0, 100), text),
    readConsentWord: (text) => readConsentWord(text, { stop: [text], again: [] }),
    withOptOut: (text) => withOptOut(text, 'es'),
  },
  'features/contacts/customer': { readSearch: readCustomerSearch },
  'core/time/iso-time': { readIsoTime },
  'core/jid': { bareJid, formatPhone, jidKind, parseAddress, parseChatAddress },
  'core/phone/language': { detectLanguage, languageByWords },
  'core/time/moment': { readMoment: (text) => readMoment(text, 'UTC') },
  'features/accounts/passkey': { isSameCode: (text) => isSameCode(text, text) },
  'core/phone/phone-number': {
    ...numbers,
    readPhoneNumber: (text) => numbers.readPhoneNumber(text, 'AR'),
    assumingCountry: (text) => numbers.assumingCountry('BR', () => numbers.readAddress(text)),
  },
  'core/username': { jidOfUsername, readUsername },
  'core/phone/phone-spellings': {
    ...spellings,
    isSameNumber: (text) => spellings.isSameNumber(text, `${text}1`),
  },
  'core/redact': { redacted: (text) => redacted(JSON.stringify({ text })) },
  'features/messages/search/search-terms': {
    readSearch,
    findMatches: (text) => findMatches(text, readSearch('precio "un dos" ab')),
  },
  'features/sending/rules/template': {
    cleanText,
    fallbackOf: (text) => fallbackOf(text, 'customer.name'),
    faultOfText,
    fits,
    isVariableName,
    readLanguage,
    requiredVariablesOf,
    render: (text) => render(text, new Map()),
    variablesOf,
  },
  'features/webhooks/webhook': { isEventPattern },
  'llm/dialect': { learnt: (text) => learnt(defaultDialect('http://127.0.0.1'), text) },
  'llm/json-in-text': { isGlue, valuesIn: (text) => valuesIn(text.slice(0, 16_384)) },
  'llm/read-reply': {
    readReply: (content) => readReply({ choices: [{ message: { content } }] }, offered),
    readTranscript: (text) => readTranscript({ text }),
  },
  'llm/text-calls': { findTextCalls: (text) => findTextCalls(`get_business_info ${text}`, offered) },
  'llm/thoughts': { withoutThoughts },
  'features/bot/knowledge': { passagesOf, searchWords },
  'features/sending/broadcast-guard': { digestOf: (text) => digestOf(text, {}) },
  'features/media/file-name': { cleanFileName },
  'util/logger': { maskDigits },
  'util/printable': {
    printable,
    printableJson: (text) => printableJson(JSON.stringify({ text })),
    printableLogLine,
  },
  'util/text': {
    foldText,
    cutText: (text) => cutText(text, length),
    manyLines: (text) => manyLines(text, 4096),
    oneLine: (text) => oneLine(text, 200),
    plainText,
    decomposed,
  },
  'whatsapp/content/checked': { words },
  'whatsapp/content/business-kinds': {
    readButtons: (text) => readButtons({ contentText: text, footerText: text }),
    readChannelInvite: (text) => readChannelInvite({ newsletterName: text, caption: text }),
    readGroupInvite: (text) => readGroupInvite({ groupName: text, inviteCode: text, caption: text }),
    readInteractive: (text) => readInteractive({ body: { text } }),
    readList: (text) => readList({ title: text, description: text }),
    readPaymentRequest: (text) =>
      readPaymentRequest({ currencyCodeIso4217: text, noteMessage: {} }, () => text),
    readScheduledCall: (title) => readScheduledCall({ title }),
    readStickerPack: (text) => readStickerPack({ name: text, caption: text }),
    readStructured: (text) => readStructured({ elementName: text }),
    readTemplate: (text) => readTemplate({ hydratedTemplate: { hydratedContentText: text } }),
  },
  'whatsapp/content/card-lines': {
    // A card is cut to 16,384 characters before it is taken apart.
    cardProperties: (text) => [...cardProperties(text.slice(0, 16_384))],
    componentsOf: (text) => componentsOf(text, ','),
    decodedValue: (value) => {
      const params = new Map([['ENCODING', ['QUOTED-PRINTABLE']]])
      return decodedValue({ name: 'N', params, value, raw: value })
    },
    textOf,
  },
  'whatsapp/content/form': {
    readFormAnswer: (text) =>
      readFormAnswer({ body: { text }, nativeFlowResponseMessage: { paramsJson: text } }),
  },
  'features/media/document-name': {
    documentName: (text) => documentName(text, 'application/pdf'),
    nameInAddress: (text) => nameInAddress(`https://files.example/${text}`),
  },
  'whatsapp/content/vcard': {
    readCard: (vcard) => readCard({ vcard }),
    writeCard: (text) => writeCard(text, [text]),
  },
}

function slowOnes(read: (text: string) => unknown): string[] {
  const slow: string[] = []
  for (const text of texts) {
    const ms = leastCpuMs(limitMs, () => read(text))
    if (ms >= limitMs) slow.push(`${JSON.stringify(text.slice(0, 12))}…: ${Math.round(ms)} ms`)
    // One is enough to fail, and a bad one takes minutes.
    if (ms >= 20 * limitMs) break
  }
  return slow
}

const table = Object.entries(readers).flatMap(([file, functions]) =>
  Object.entries(functions).map(([name, read]) => ({ file, name, read })),
)

test.each(table)('$file $name reads any text of 65,536 characters within 50 ms', ({ read }) => {
  expect(slowOnes(read)).toEqual([])
})

const source = new URL('../../../src/', import.meta.url)
const pattern =
  /(?:[=(,:?[&|!]\s*\/(?![/*\s])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n[])+\/[dgimsuvy]*\s*[.,);\]]|new RegExp\()/
const folders = ['core', 'features', 'llm', 'util', 'whatsapp/content']
const files = folders
  .flatMap((folder) =>
    readdirSync(new URL(folder, source), { recursive: true, encoding: 'utf8' }).map((f) => `${folder}/${f}`),
  )
  // Queries only get values that were checked before.
  .filter(
    (file) =>
      file.endsWith('.ts') &&
      !file.includes('/queries/') &&
      pattern.test(readFileSync(new URL(file, source), 'utf8')),
  )
  .map((file) => file.slice(0, -3))

test.each(files)(
  '%s has no pattern that holds everything up, and no function that is not timed',
  async (file) => {
    const exported = Object.entries((await import(new URL(`${file}.ts`, source).href)) as object)
    const isFunction = (value: unknown) => typeof value === 'function' && !String(value).startsWith('class')
    const functions = exported.filter(([, value]) => isFunction(value)).map(([name]) => name)
    const known = [...Object.keys(readers[file] ?? {}), ...(others[file] ?? [])]
    expect(functions.filter((name) => !known.includes(name))).toEqual([])
    for (const [, value] of exported) {
      if (value instanceof RegExp) expect(slowOnes((text) => text.search(value))).toEqual([])
    }
  },
)

import { z } from 'zod'
import { parseOpenStretch, parseService } from '../features/bot/rules/bot-schedule.ts'
import { weaknessOf } from '../features/access/api-key.ts'
import { defaultBotConfig } from '../features/bot/rules/bot-settings.ts'
import { isDate, isTimeZone, quietHoursPattern } from '../core/time/local-time.ts'
import { isCountry } from '../core/phone/country.ts'
import { groupModes } from '../features/chats/group.ts'
import { languages } from '../core/phone/language.ts'
import { Settings, botPurposes, defaultSettings } from '../core/settings.ts'
import { isEventPattern, webhookFormatNames } from '../features/webhooks/webhook.ts'
import type { LogLevel } from '../util/logger.ts'
import { key } from './key.ts'
import { backup, data, media, secrets } from './keeping.ts'
import { send } from './send.ts'
import {
  addressOrNetwork,
  folder,
  host,
  hostOrNetwork,
  httpUrl,
  machineTimeZone,
  rootKey,
  socketUrl,
} from './values.ts'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const satisfies LogLevel[]

function text(name: keyof typeof Settings.shape, limit: number, description: string) {
  const words = z.string().max(limit).default(String(defaultSettings[name]))
  return key(words, description, `text of at most ${limit} characters`)
}

const guardrails = z
  .union([z.string(), z.array(z.string())])
  .transform((rules) => (typeof rules === 'string' ? rules : rules.join('\n')))
  .pipe(Settings.shape.guardrails)

const server = z.strictObject({
  host: key(
    host().default('127.0.0.1'),
    'The address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for the network.',
    'an IP address or a host name',
  ),
  port: key(
    z.int().min(0).max(65535).default(3000),
    'The port to listen on; 0 takes any free one.',
    'a whole number from 0 to 65535',
  ),
  publicUrl: key(
    httpUrl().nullable().default(null),
    'The public address of the gateway, for instance behind a proxy; null: the address that each client used.',
    'an address that begins with http:// or https://, or null',
  ),
  trustedProxies: key(
    z.array(addressOrNetwork()).default([]),
    'Proxies whose X-Forwarded-For, -Host and -Proto (or Forwarded) headers are trusted.',
    'a list of IP addresses or networks such as 127.0.0.1 or 10.0.0.0/8',
  ),
})

const whatsapp = z.strictObject({
  network: key(
    z.enum(['whatsapp', 'sandbox']).default('whatsapp'),
    'What accounts connect to: whatsapp, or the built-in sandbox, which needs no phone.',
    'whatsapp or sandbox',
  ),
  url: key(
    socketUrl().nullable().default(null),
    'The WebSocket of another WhatsApp-like server; null is the real one.',
    'an address that begins with ws:// or wss://, or null',
  ),
  rootKey: key(
    rootKey().nullable().default(null),
    'The root certificate key of that server; null is WhatsApp’s own.',
    '32 bytes as base64 or as 64 hexadecimal digits, or null',
  ),
  syncFullHistory: key(
    z.boolean().default(false),
    'Whether to ask the phone for its whole history when it is linked, not only the last months.',
    'true or false',
  ),
  historyDays: key(
    z.int().min(1).max(3650).nullable().default(365),
    'How many days back to ask for the whole history; null: as far as the phone has it.',
    'a whole number from 1 to 3650, or null',
  ),
  statusPosts: key(
    z.boolean().default(false),
    'Whether to keep the status posts of contacts, as a read-only chat.',
    'true or false',
  ),
  channels: key(
    z.boolean().default(false),
    'Whether to keep the posts of channels that the phone follows, as read-only chats.',
    'true or false',
  ),
  maxAccounts: key(
    z.int().min(1).max(1000).default(10),
    'How many accounts may be linked.',
    'a whole number from 1 to 1000',
  ),
})

const messages = z.strictObject({
  keepFormer: key(
    z.boolean().default(false),
    'Whether to keep the earlier text of edited and deleted messages; GET /api/v1/messages/:id shows it.',
    'true or false',
  ),
})

const calls = z.strictObject({
  reply: key(
    z.string().trim().min(1).max(1000).nullable().default(null),
    'The reply to callers, since calls are not answered; null sends none.',
    'a text of up to 1000 characters, or null',
  ),
})

const conversations = z.strictObject({
  resolveAfterHours: key(
    z.number().positive().max(8760).nullable().default(72),
    'After how many quiet hours to resolve a conversation; null never does.',
    'a number of hours above 0 and up to 8760, or null',
  ),
})

const groups = z.strictObject({
  mode: key(
    z.enum(groupModes).default('store'),
    'What to do with group messages: ignore keeps none, store keeps and shows them, full adds conversations and the bot.',
    'ignore, store or full',
  ),
})

const llm = z.strictObject({
  baseUrl: key(
    httpUrl().nullable().default(null),
    'The address of the language model (OpenAI-compatible); null: no model.',
    'an address that begins with http:// or https://, or null',
  ),
  apiKey: key(
    z.string().min(1).nullable().default(null),
    'The language model’s API key; null sends none.',
    'text, or null',
  ),
  model: key(
    z.string().min(1).nullable().default(null),
    'The name of the language model; null: no model.',
    'text, or null',
  ),
  images: key(
    z.boolean().default(false),
    'Whether the model can see pictures; false: the bot says that it cannot, and hands the chat over.',
    'true or false',
  ),
  transcriptionModel: key(
    z.string().min(1).nullable().default(null),
    'The model that transcribes voice notes, at the same address; null: the bot says that it cannot listen.',
    'text, or null',
  ),
  inputPrice: key(
    z.number().min(0).nullable().default(null),
    'The price of a million input tokens, to count what answers cost; null counts no cost.',
    'a number, or null',
  ),
  outputPrice: key(
    z.number().min(0).nullable().default(null),
    'The price of a million output tokens; null counts no cost.',
    'a number, or null',
  ),
})

const business = z.strictObject({
  name: text('businessName', 120, 'The name of the business.'),
  description: text('businessDescription', 4000, 'What the business does, for the bot.'),
  language: key(
    z.enum(languages).nullable().default(null),
    'The language for customers whose own is unknown: es, pt or en; null: that of the country.',
    'es, pt, en, or null',
  ),
  country: key(
    z.string().trim().toUpperCase().refine(isCountry).nullable().default(null),
    'The country of the business (ISO 3166, such as AR); null: that of the linked number.',
    'two letters of a country such as AR, BR or US, or null',
  ),
})

const bot = z.strictObject({
  purpose: key(
    z.enum(botPurposes).default(defaultSettings.botPurpose),
    'The purpose of the bot: attend, schedule, support or sell.',
    'attend, schedule, support or sell',
  ),
  guardrails: key(
    guardrails.default(defaultSettings.guardrails),
    'Rules that the bot must follow: text, or a list of rules.',
    'text or a list of texts, of at most 4000 characters together',
  ),
  customInstructions: text('customInstructions', 4000, 'Further instructions for the bot.'),
  newChats: key(
    z.boolean().default(defaultSettings.botNewChats),
    'Whether the bot answers people who write for the first time.',
    'true or false',
  ),
  patienceSeconds: key(
    z.number().min(0).max(20).default(4),
    'How many seconds of silence show that a customer has finished writing.',
    'a number of seconds from 0 to 20',
  ),
  humanHours: key(
    z.number().positive().max(168).default(2),
    'How many hours the bot stays silent in a chat after a person last wrote there.',
    'a number of hours above 0 and up to 168',
  ),
  quietHours: key(
    z.string().regex(quietHoursPattern).nullable().default(null),
    'The hours of each day in which the bot does not answer; null: none.',
    'two times such as 22:00-08:00, or null',
  ),
  chatRepliesPerDay: key(
    z.int().min(1).max(100_000).default(defaultBotConfig.limits.chatRepliesPerDay),
    'How many answers the bot gives per day in one chat.',
    'a whole number of 1 or more',
  ),
  accountRepliesPerDay: key(
    z.int().min(1).max(1_000_000).default(defaultBotConfig.limits.accountRepliesPerDay),
    'How many answers the bot gives per day in all chats of an account.',
    'a whole number of 1 or more',
  ),
  accountTokensPerDay: key(
    z.int().min(1000).max(10_000_000_000).default(defaultBotConfig.limits.accountTokensPerDay),
    'How many tokens of the language model an account may use per day.',
    'a whole number of 1000 or more',
  ),
  knowledgeDir: key(
    folder().nullable().default(null),
    'A folder of text and Markdown files from which the bot may answer; null: none.',
    'the path of a folder, or null',
  ),
  customerFields: key(
    z.array(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/)).default([]),
    'The facts that the bot may keep about a customer.',
    'a list of names of small letters, digits and _',
  ),
})

const schedule = z.strictObject({
  timeZone: key(
    z
      .string()
      .refine((zone) => zone === 'local' || isTimeZone(zone))
      .default('local')
      .transform((zone) => (zone === 'local' ? machineTimeZone() : zone)),
    'The time zone of the business; local: that of this machine.',
    'the name of a time zone such as America/Argentina/Buenos_Aires, or local',
  ),
  openingHours: key(
    z.array(z.string().refine((line) => parseOpenStretch(line) !== undefined)).default([]),
    'The hours for appointments, one range per line.',
    'a list of ranges such as mon-fri 09:00-13:00',
  ),
  holidays: key(
    z.array(z.string().refine(isDate)).default([]),
    'The days on which the business is closed.',
    'a list of dates such as 2026-12-25',
  ),
  services: key(
    z.array(z.string().refine((line) => parseService(line) !== undefined)).default([]),
    'The services that can be booked: name, minutes and, optionally, price.',
    'a list such as Haircut | 30 | 15 €',
  ),
  reminderHours: key(
    z.number().positive().max(168).nullable().default(24),
    'How many hours before an appointment to remind the customer; null: never.',
    'a number of hours up to 168, or null',
  ),
})

const endpoint = z.strictObject({
  name: z.string().min(1).max(100),
  url: z.url({ protocol: /^https?$/ }),
  events: z.array(z.string().refine(isEventPattern)).min(1).default(['*']),
  format: z.enum(webhookFormatNames).default('botssy'),
  headers: z.record(z.string().toLowerCase(), z.string()).default({}),
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/)
    .nullable()
    .default(null),
  account: z.int().positive().default(1),
  active: z.boolean().default(true),
})

const webhooks = z.strictObject({
  allowPrivate: key(
    z.array(hostOrNetwork()).default([]),
    'Private hosts and networks to which webhooks may be sent; the sandbox also allows your own networks.',
    'a list of host names, IP addresses or networks such as 10.0.0.0/8',
  ),
  retentionDays: key(
    z.int().min(1).max(3650).default(30),
    'How many days to keep the event log, the deliveries and their bodies.',
    'a whole number of days from 1 to 3650',
  ),
  endpoints: key(
    z
      .array(endpoint)
      .default([])
      .refine((list) => new Set(list.map(({ name, account }) => `${account} ${name}`)).size === list.length),
    'Webhooks declared here instead of through the API.',
    'a list of endpoints with different names, each with name and url and, optionally, events, format, headers, secret (whsec_…), account and active',
  ),
})

const log = z.strictObject({
  level: key(
    z.enum(logLevels).default('info'),
    'How much to log: trace, debug, info, warn, error or silent.',
    'trace, debug, info, warn, error or silent',
  ),
  format: key(
    z.enum(['auto', 'pretty', 'json']).default('auto'),
    'pretty for people, json for programs; auto: pretty on a terminal.',
    'auto, pretty or json',
  ),
})

const alerts = z.strictObject({
  command: key(
    z.string().min(1).nullable().default(null),
    'A command to run when something needs a person: a customer asks for one, the link is lost, the model is down, webhooks are late, a backup failed; null: none.',
    'a command line, or null',
  ),
  url: key(
    httpUrl().nullable().default(null),
    'An address to POST the same text to, for instance an ntfy topic; null: none.',
    'an address that begins with http:// or https://, or null',
  ),
})

const auth = z.strictObject({
  bootstrapKey: key(
    z
      .string()
      .min(24)
      .max(200)
      .superRefine((text, ctx) => {
        const weakness = weaknessOf(text)
        if (weakness === null) return
        const message = `this key is not safe: ${weakness}. Make one with: openssl rand -hex 24`
        ctx.addIssue({ code: 'custom', message })
      })
      .nullable()
      .default(null),
    'An API key with all rights, of your choice and hard to guess; null: the first start makes one and shows it once.',
    'text of 24 to 200 characters, or null',
  ),
})

/** Every key of `config.yaml`. "Off" is null. */
export const sections = {
  server,
  data,
  backup,
  secrets,
  whatsapp,
  messages,
  calls,
  conversations,
  groups,
  llm,
  business,
  bot,
  schedule,
  send,
  media,
  webhooks,
  alerts,
  log,
  auth,
} as const

type Sections = typeof sections
/** Names a section of `config.yaml`. */
type Section = keyof Sections

/** Holds the checked, complete configuration with the names of the file. */
export type Config = { readonly [S in Section]: Readonly<z.output<Sections[S]>> }

/** Names a key with its section, as in the documentation: `server.port`. */
export type ConfigKey = {
  [S in Section]: `${S}.${keyof z.output<Sections[S]> & string}`
}[Section]

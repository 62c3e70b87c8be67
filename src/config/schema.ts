import { z } from 'zod'
import { Settings, botPurposes, defaultSettings } from '../domain/settings.ts'
import type { LogLevel } from '../util/logger.ts'
import { host, hostOrNetwork, httpUrl, rootKey, socketUrl } from './values.ts'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const satisfies LogLevel[]

/** A key of the file: what it is for, and what a wrong value should have been. */
function key<T extends z.ZodType>(schema: T, description: string, expected: string): T {
  return schema.meta({ expected }).describe(description)
}

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
    'The address under which others reach the gateway, for instance behind a proxy; null derives it.',
    'an address that begins with http:// or https://, or null',
  ),
})

const data = z.strictObject({
  dir: key(
    z.string().min(1).default('./data'),
    'The folder of the databases, seen from the folder in which the gateway is started.',
    'the path of a folder',
  ),
})

const whatsapp = z.strictObject({
  network: key(
    z.enum(['whatsapp', 'sandbox']).default('whatsapp'),
    'What accounts are connected to: whatsapp, or the built-in sandbox that needs no phone.',
    'whatsapp or sandbox',
  ),
  url: key(
    socketUrl().nullable().default(null),
    'The WebSocket of another WhatsApp-like server; null is the real one.',
    'an address that begins with ws:// or wss://, or null',
  ),
  rootKey: key(
    rootKey().nullable().default(null),
    'The root certificate key of that other server; null is WhatsApp’s own.',
    '32 bytes as base64 or as 64 hexadecimal digits, or null',
  ),
  syncFullHistory: key(
    z.boolean().default(false),
    'Whether the phone is asked for the whole history when it is linked, instead of the last months.',
    'true or false',
  ),
})

const llm = z.strictObject({
  baseUrl: key(
    httpUrl().nullable().default(null),
    'The address of the language model (OpenAI-compatible); null switches the bot’s model off.',
    'an address that begins with http:// or https://, or null',
  ),
  apiKey: key(
    z.string().min(1).nullable().default(null),
    'The language model’s API key; null sends none.',
    'text, or null',
  ),
  model: key(
    z.string().min(1).nullable().default(null),
    'The name of the language model; null is none.',
    'text, or null',
  ),
})

const business = z.strictObject({
  name: text('businessName', 120, 'The name of the business.'),
  description: text('businessDescription', 4000, 'What the business does, for the bot.'),
})

const bot = z.strictObject({
  purpose: key(
    z.enum(botPurposes).default(defaultSettings.botPurpose),
    'What the bot is for: attend, schedule, support or sell.',
    'attend, schedule, support or sell',
  ),
  guardrails: key(
    guardrails.default(defaultSettings.guardrails),
    'Rules that the bot must keep: text, or a list of rules.',
    'text or a list of texts, of at most 4000 characters together',
  ),
  customInstructions: text('customInstructions', 4000, 'Further instructions for the bot.'),
  newChats: key(
    z.boolean().default(defaultSettings.botNewChats),
    'Whether the bot answers people who write for the first time.',
    'true or false',
  ),
})

const send = z.strictObject({
  pacing: key(
    z.enum(['careful', 'off']).default('careful'),
    'careful sends at the pace of a person, which protects the number; off is for tests.',
    'careful or off',
  ),
  timeToLiveHours: key(
    z.number().positive().max(720).default(24),
    'How many hours a message may wait for a connection before it expires.',
    'a number of hours above 0 and up to 720',
  ),
})

const webhooks = z.strictObject({
  allowPrivate: key(
    z.array(hostOrNetwork()).default([]),
    'Hosts and networks on private addresses to which webhooks may be sent all the same.',
    'a list of host names, IP addresses or networks such as 10.0.0.0/8',
  ),
})

const log = z.strictObject({
  level: key(
    z.enum(logLevels).default('info'),
    'How much is logged: trace, debug, info, warn, error or silent.',
    'trace, debug, info, warn, error or silent',
  ),
  format: key(
    z.enum(['auto', 'pretty', 'json']).default('auto'),
    'pretty for people, json for programs; auto is pretty on a terminal.',
    'auto, pretty or json',
  ),
})

const alerts = z.strictObject({
  command: key(
    z.string().min(1).nullable().default(null),
    'A command to run when the account is logged out, locked, flapping or stopped by a full disk; null runs none.',
    'a command line, or null',
  ),
  url: key(
    httpUrl().nullable().default(null),
    'An address that gets the same as the text of a POST, for instance of an ntfy topic; null sends none.',
    'an address that begins with http:// or https://, or null',
  ),
})

const auth = z.strictObject({
  bootstrapKey: key(
    z.string().min(24).max(200).nullable().default(null),
    'A full-rights API key of your own choice; null makes one at the first start and prints it once.',
    'text of 24 to 200 characters, or null',
  ),
})

/** Every key of `config.yaml`. "Off" is null. */
export const sections = {
  server,
  data,
  whatsapp,
  llm,
  business,
  bot,
  send,
  webhooks,
  alerts,
  log,
  auth,
} as const

type Sections = typeof sections
export type Section = keyof Sections

/** The configuration, checked and complete, with the names of the file. */
export type Config = { readonly [S in Section]: Readonly<z.output<Sections[S]>> }

/** A key with its section, as the documentation writes it: `server.port`. */
export type ConfigKey = {
  [S in Section]: `${S}.${keyof z.output<Sections[S]> & string}`
}[Section]

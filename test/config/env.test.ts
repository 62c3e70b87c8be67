import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config/env.ts'
import { keys } from '../../src/config/keys.ts'
import { checkConfig, loadConfig } from '../../src/config/load.ts'
import type { ConfigKey } from '../../src/config/schema.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zaguan-env-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function load(env: Environment) {
  return loadConfig({ env, cwd: folder }).config
}

function faults(env: Environment): string[] {
  const checked = checkConfig({ env, cwd: folder })
  return checked.ok ? [] : checked.faults.map(({ where, message }) => `${where}: ${message}`)
}

const hardKey = 'hard-to-guess-4fJ2kq9ZxW1r'
const rootKey = Buffer.alloc(32, 1).toString('base64')

/** A variable for every key; a key without one does not compile. */
const overrides = {
  'server.host': ['ZAGUAN_SERVER__HOST', '0.0.0.0', '0.0.0.0'],
  'server.port': ['ZAGUAN_SERVER__PORT', '8080', 8080],
  'server.publicUrl': ['ZAGUAN_SERVER__PUBLIC_URL', 'https://w.example/', 'https://w.example'],
  'server.trustedProxies': [
    'ZAGUAN_SERVER__TRUSTED_PROXIES',
    '127.0.0.1, 10.0.0.0/8',
    ['127.0.0.1', '10.0.0.0/8'],
  ],
  'data.dir': ['ZAGUAN_DATA__DIR', '/data', '/data'],
  'secrets.keyFile': ['ZAGUAN_SECRETS__KEY_FILE', '/etc/zaguan.key', '/etc/zaguan.key'],
  'secrets.passphraseFile': ['ZAGUAN_SECRETS__PASSPHRASE_FILE', '/run/secrets/pass', '/run/secrets/pass'],
  'backup.dir': ['ZAGUAN_BACKUP__DIR', '/mnt/usb', '/mnt/usb'],
  'backup.every': ['ZAGUAN_BACKUP__EVERY', '7d', '7d'],
  'backup.keep': ['ZAGUAN_BACKUP__KEEP', '30', 30],
  'backup.media': ['ZAGUAN_BACKUP__MEDIA', 'false', false],
  'backup.passphraseFile': ['ZAGUAN_BACKUP__PASSPHRASE_FILE', '/run/secrets/backup', '/run/secrets/backup'],
  'data.reserveMb': ['ZAGUAN_DATA__RESERVE_MB', '256', 256],
  'whatsapp.network': ['ZAGUAN_WHATSAPP__NETWORK', 'sandbox', 'sandbox'],
  'whatsapp.url': ['ZAGUAN_WHATSAPP__URL', 'ws://127.0.0.1:9/ws', 'ws://127.0.0.1:9/ws'],
  'whatsapp.rootKey': ['ZAGUAN_WHATSAPP__ROOT_KEY', rootKey, rootKey],
  'whatsapp.historyDays': ['ZAGUAN_WHATSAPP__HISTORY_DAYS', '30', 30],
  'whatsapp.syncFullHistory': ['ZAGUAN_WHATSAPP__SYNC_FULL_HISTORY', 'true', true],
  'whatsapp.statusPosts': ['ZAGUAN_WHATSAPP__STATUS_POSTS', 'true', true],
  'whatsapp.channels': ['ZAGUAN_WHATSAPP__CHANNELS', 'true', true],
  'whatsapp.maxAccounts': ['ZAGUAN_WHATSAPP__MAX_ACCOUNTS', '3', 3],
  'messages.keepFormer': ['ZAGUAN_MESSAGES__KEEP_FORMER', 'true', true],
  'calls.reply': ['ZAGUAN_CALLS__REPLY', 'Escribinos', 'Escribinos'],
  'conversations.resolveAfterHours': ['ZAGUAN_CONVERSATIONS__RESOLVE_AFTER_HOURS', '48', 48],
  'groups.mode': ['ZAGUAN_GROUPS__MODE', 'full', 'full'],
  'llm.baseUrl': ['ZAGUAN_LLM__BASE_URL', 'http://127.0.0.1:9/v1', 'http://127.0.0.1:9/v1'],
  'llm.apiKey': ['ZAGUAN_LLM__API_KEY', 'sk-1', 'sk-1'],
  'llm.model': ['ZAGUAN_LLM__MODEL', 'small', 'small'],
  'business.name': ['ZAGUAN_BUSINESS__NAME', '123', '123'],
  'business.language': ['ZAGUAN_BUSINESS__LANGUAGE', 'pt', 'pt'],
  'business.country': ['ZAGUAN_BUSINESS__COUNTRY', 'ar', 'AR'],
  'business.description': ['ZAGUAN_BUSINESS__DESCRIPTION', 'Bread, cakes', 'Bread, cakes'],
  'bot.purpose': ['ZAGUAN_BOT__PURPOSE', 'sell', 'sell'],
  'bot.guardrails': ['ZAGUAN_BOT__GUARDRAILS', 'No prices, ever', 'No prices, ever'],
  'bot.customInstructions': ['ZAGUAN_BOT__CUSTOM_INSTRUCTIONS', 'Be brief', 'Be brief'],
  'bot.newChats': ['ZAGUAN_BOT__NEW_CHATS', 'yes', true],
  'llm.inputPrice': ['ZAGUAN_LLM__INPUT_PRICE', '0.15', 0.15],
  'llm.outputPrice': ['ZAGUAN_LLM__OUTPUT_PRICE', '0.6', 0.6],
  'bot.patienceSeconds': ['ZAGUAN_BOT__PATIENCE_SECONDS', '0.5', 0.5],
  'bot.humanHours': ['ZAGUAN_BOT__HUMAN_HOURS', '4', 4],
  'bot.quietHours': ['ZAGUAN_BOT__QUIET_HOURS', '22:00-08:00', '22:00-08:00'],
  'bot.chatRepliesPerDay': ['ZAGUAN_BOT__CHAT_REPLIES_PER_DAY', '9', 9],
  'bot.accountRepliesPerDay': ['ZAGUAN_BOT__ACCOUNT_REPLIES_PER_DAY', '99', 99],
  'bot.accountTokensPerDay': ['ZAGUAN_BOT__ACCOUNT_TOKENS_PER_DAY', '5000', 5000],
  'bot.knowledgeDir': ['ZAGUAN_BOT__KNOWLEDGE_DIR', './documents', './documents'],
  'llm.transcriptionModel': ['ZAGUAN_LLM__TRANSCRIPTION_MODEL', 'whisper-1', 'whisper-1'],
  'llm.images': ['ZAGUAN_LLM__IMAGES', 'true', true],
  'bot.customerFields': ['ZAGUAN_BOT__CUSTOMER_FIELDS', 'pet_name, size', ['pet_name', 'size']],
  'schedule.timeZone': ['ZAGUAN_SCHEDULE__TIME_ZONE', 'Europe/Madrid', 'Europe/Madrid'],
  'schedule.openingHours': [
    'ZAGUAN_SCHEDULE__OPENING_HOURS',
    'mon-fri 09:00-13:00, sat 10:00-14:00',
    ['mon-fri 09:00-13:00', 'sat 10:00-14:00'],
  ],
  'schedule.holidays': ['ZAGUAN_SCHEDULE__HOLIDAYS', '2026-12-25', ['2026-12-25']],
  'schedule.services': ['ZAGUAN_SCHEDULE__SERVICES', 'Corte | 30 | 15 €', ['Corte | 30 | 15 €']],
  'schedule.reminderHours': ['ZAGUAN_SCHEDULE__REMINDER_HOURS', 'null', null],
  'send.pacing': ['ZAGUAN_SEND__PACING', 'off', 'off'],
  'send.quietHours': ['ZAGUAN_SEND__QUIET_HOURS', '22:00-08:00', '22:00-08:00'],
  'send.stopWords': ['ZAGUAN_SEND__STOP_WORDS', 'basta,fuera', ['basta', 'fuera']],
  'send.startWords': ['ZAGUAN_SEND__START_WORDS', 'quiero', ['quiero']],
  'send.timeToLiveHours': ['ZAGUAN_SEND__TIME_TO_LIVE_HOURS', '1.5', 1.5],
  'media.fetch': ['ZAGUAN_MEDIA__FETCH', 'false', false],
  'media.maxUploadBytesPerDay': ['ZAGUAN_MEDIA__MAX_UPLOAD_BYTES_PER_DAY', '1000', 1000],
  'media.maxKeptBytes': ['ZAGUAN_MEDIA__MAX_KEPT_BYTES', '2000', 2000],
  'media.maxBytes': ['ZAGUAN_MEDIA__MAX_BYTES', '1048576', 1_048_576],
  'media.retentionDays': ['ZAGUAN_MEDIA__RETENTION_DAYS', '90', 90],
  'media.allowPrivate': ['ZAGUAN_MEDIA__ALLOW_PRIVATE', 'shop.lan', ['shop.lan']],
  'webhooks.allowPrivate': [
    'ZAGUAN_WEBHOOKS__ALLOW_PRIVATE',
    'crm.lan, 10.0.0.0/8',
    ['crm.lan', '10.0.0.0/8'],
  ],
  'alerts.command': ['ZAGUAN_ALERTS__COMMAND', 'mail me', 'mail me'],
  'alerts.url': ['ZAGUAN_ALERTS__URL', 'https://ntfy.example/me', 'https://ntfy.example/me'],
  'webhooks.endpoints': ['ZAGUAN_WEBHOOKS__ENDPOINTS', '', []],
  'webhooks.retentionDays': ['ZAGUAN_WEBHOOKS__RETENTION_DAYS', '7', 7],
  'log.level': ['ZAGUAN_LOG__LEVEL', 'debug', 'debug'],
  'log.format': ['ZAGUAN_LOG__FORMAT', 'json', 'json'],
  'auth.bootstrapKey': ['ZAGUAN_AUTH__BOOTSTRAP_KEY', hardKey, hardKey],
} satisfies Record<ConfigKey, [string, string, unknown]>

describe('environment variables', () => {
  it.each(keys)('override $key', ({ key, section, name }) => {
    const [variable, text, value] = overrides[key]
    const sections: Record<string, Record<string, unknown>> = load({ [variable]: text })
    expect(sections[section]?.[name]).toEqual(value)
  })

  it.each([
    ['true', true],
    ['1', true],
    ['YES', true],
    ['on', true],
    ['false', false],
    ['0', false],
    ['no', false],
    ['Off', false],
  ])('spell a switch as %s', (text, value) => {
    expect(load({ ZAGUAN_BOT__NEW_CHATS: text }).bot.newChats).toBe(value)
  })

  it('switch a key off with an empty text or null, and empty a list in the same way', () => {
    writeFileSync(join(folder, 'full.yaml'), 'llm: { model: small }\nwebhooks: { allowPrivate: [a.lan] }\n')
    const env = { ZAGUAN_CONFIG: 'full.yaml', ZAGUAN_LLM__MODEL: '', ZAGUAN_WEBHOOKS__ALLOW_PRIVATE: '' }
    expect(load(env)).toMatchObject({ llm: { model: null }, webhooks: { allowPrivate: [] } })
    expect(load({ ...env, ZAGUAN_LLM__MODEL: 'null' }).llm.model).toBeNull()
  })

  it.each([
    ['ZAGUAN_SERVER__PORT', 'abc', 'expected a whole number from 0 to 65535, found "abc"'],
    ['ZAGUAN_SERVER__PORT', '', 'expected a whole number from 0 to 65535, found ""'],
    ['ZAGUAN_SERVER__PORT', '0x10', 'expected a whole number'],
    ['ZAGUAN_SERVER__PORT', '3000.5', 'expected a whole number'],
    ['ZAGUAN_MEMORY', 'tiny', 'expected small or default, found "tiny"'],
    ['ZAGUAN_BOT__NEW_CHATS', 'maybe', 'expected true or false, found "maybe"'],
    ['ZAGUAN_WEBHOOKS__ALLOW_PRIVATE', 'ok.lan,a b', 'expected a list of host names'],
    ['ZAGUAN_AUTH__BOOTSTRAP_KEY', 'short', 'expected text of 24 to 200 characters, or null'],
    ['ZAGUAN_SERVER__PROT', '1', 'unknown setting; did you mean ZAGUAN_SERVER__PORT?'],
    ['ZAGUAN_SERVER_PORT', '1', 'unknown setting; did you mean ZAGUAN_SERVER__PORT?'],
    ['ZAGUAN_SERVER__PUBLICURL', 'x', 'unknown setting; did you mean ZAGUAN_SERVER__PUBLIC_URL?'],
    [
      'ZAGUAN_DATA__DIR_FILE',
      '/x',
      'unknown setting; only secrets are read from files, use ZAGUAN_DATA__DIR',
    ],
    ['ZAGUAN_COLOUR', 'red', 'unknown setting'],
  ])('stop the start: %s=%s', (variable, text, fault) => {
    expect(faults({ [variable]: text })[0]).toContain(`${variable}: ${fault}`)
  })

  it('with names of other programs, or of those that Kubernetes adds by itself, are ignored', () => {
    const kubernetes = {
      ZAGUAN_SERVICE_HOST: '10.0.0.1',
      ZAGUAN_SERVICE_PORT: '3000',
      ZAGUAN_SERVICE_PORT_HTTP: '3000',
      ZAGUAN_PORT: 'tcp://10.0.0.1:3000',
      ZAGUAN_PORT_3000_TCP_ADDR: '10.0.0.1',
    }
    expect(faults({ PATH: '/bin', ZAGUANISTA: 'x', ...kubernetes })).toEqual([])
  })
})

describe('secrets from files', () => {
  it.each(['ZAGUAN_AUTH__BOOTSTRAP_KEY_FILE', 'ZAGUAN_LLM__API_KEY_FILE'])('are read by %s', (variable) => {
    const secret = hardKey
    writeFileSync(join(folder, 'secret'), `${secret}\n`)
    const { auth, llm } = load({ [variable]: join(folder, 'secret') })
    expect([auth.bootstrapKey, llm.apiKey]).toContain(secret)
  })

  it('stop the start when the file is missing, without its content when it is too short', () => {
    writeFileSync(join(folder, 'short'), 'hunter2')
    expect(faults({ ZAGUAN_AUTH__BOOTSTRAP_KEY_FILE: join(folder, 'gone') })).toEqual([
      `ZAGUAN_AUTH__BOOTSTRAP_KEY_FILE: the file ${join(folder, 'gone')} cannot be read (ENOENT)`,
    ])
    expect(faults({ ZAGUAN_AUTH__BOOTSTRAP_KEY_FILE: join(folder, 'short') })).toEqual([
      'ZAGUAN_AUTH__BOOTSTRAP_KEY_FILE: expected text of 24 to 200 characters, or null',
    ])
  })

  it('stop the start when the key is easily guessed, and say how to make another one', () => {
    expect(faults({ ZAGUAN_AUTH__BOOTSTRAP_KEY: 'a'.repeat(24) })).toEqual([
      'ZAGUAN_AUTH__BOOTSTRAP_KEY: this key is not safe: it is too easy to guess (below 128 bits). ' +
        'Make one with: openssl rand -hex 24',
    ])
  })

  it('may not be given twice', () => {
    const env = { ZAGUAN_LLM__API_KEY: 'a', ZAGUAN_LLM__API_KEY_FILE: '/x' }
    expect(faults(env)).toEqual([
      'ZAGUAN_LLM__API_KEY_FILE: set either this or ZAGUAN_LLM__API_KEY, not both',
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { keys } from '../../src/config/keys.ts'
import type { ConfigKey } from '../../src/config/schema.ts'

interface Samples {
  good: readonly unknown[]
  bad: readonly unknown[]
}

const texts: Samples = { good: ['', 'Café Ñandú'], bad: [null, 7, ['a'], 'x'.repeat(4001)] }
const webAddresses: Samples = {
  good: [null, 'http://localhost:9', 'https://a.example/v1'],
  bad: ['', 'a.example', 'ftp://a.example', 'http://', 8080],
}
const yesOrNo: Samples = { good: [true, false], bad: ['true', 1, null] }
const words: Samples = { good: [null, 'x'], bad: ['', 5, ['x']] }

/** Good and bad values of every key; a key without samples does not compile. */
const samples = {
  'server.host': {
    good: ['127.0.0.1', '::1', 'localhost', 'gate-1.example.com'],
    bad: [null, '', 'a b', '300.1.1.1', 'http://x', '-x', 5],
  },
  'server.port': { good: [0, 3000, 65535], bad: [-1, 65536, 1.5, '3000', null] },
  'server.publicUrl': webAddresses,
  'server.trustedProxies': {
    good: [[], ['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8']],
    bad: [['proxy'], ['10.0.0.0/33'], '127.0.0.1', null],
  },
  'data.dir': { good: ['./data', '/var/lib/zaguan'], bad: ['', null, 5] },
  'backup.dir': { good: ['/mnt/usb', null], bad: ['', 5, []] },
  'backup.every': { good: ['1h', '24h', '7d'], bad: ['0h', '24', '1w', '1000h', 24, null] },
  'backup.keep': { good: [1, 7, 1000], bad: [0, 1001, 1.5, '7', null] },
  'backup.media': yesOrNo,
  'backup.passphraseFile': { good: ['/run/secrets/backup', null], bad: ['', 5, []] },
  'secrets.keyFile': { good: ['/etc/zaguan.key', null], bad: ['', 5, []] },
  'secrets.passphraseFile': { good: ['/run/secrets/pass', null], bad: ['', 5, []] },
  'data.reserveMb': { good: [0, 512, null], bad: [-1, 1.5, '5%'] },
  'whatsapp.network': { good: ['whatsapp', 'sandbox'], bad: ['Sandbox', 'test', null] },
  'whatsapp.url': {
    good: [null, 'ws://127.0.0.1:1/ws', 'wss://w.example'],
    bad: ['', 'http://x', '127.0.0.1:1', 1],
  },
  'whatsapp.rootKey': {
    good: [null, 'ab'.repeat(32), Buffer.alloc(32, 7).toString('base64')],
    bad: ['', 'ab'.repeat(31), Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64'), 5],
  },
  'whatsapp.syncFullHistory': yesOrNo,
  'whatsapp.historyDays': { good: [null, 1, 3650], bad: [0, 3651, 1.5, '30'] },
  'whatsapp.statusPosts': yesOrNo,
  'whatsapp.channels': yesOrNo,
  'whatsapp.maxAccounts': { good: [1, 10, 1000], bad: [0, 1001, 1.5, '2', null] },
  'messages.keepFormer': yesOrNo,
  'calls.reply': { good: [null, 'Escribinos'], bad: ['', 5, 'x'.repeat(1001)] },
  'conversations.resolveAfterHours': { good: [null, 0.5, 72], bad: [0, -1, 9000, '24'] },
  'groups.mode': { good: ['ignore', 'store', 'full'], bad: ['all', '', null, 1] },
  'llm.baseUrl': webAddresses,
  'llm.apiKey': words,
  'llm.model': words,
  'business.name': { good: ['', 'Café'], bad: ['x'.repeat(121), null, 5] },
  'business.description': texts,
  'business.language': { good: [null, 'es', 'pt', 'en'], bad: ['', 'fr', 'ES', 5] },
  'business.country': { good: [null, 'AR', 'br'], bad: ['', 'XX', 'Argentina', 5] },
  'bot.purpose': { good: ['attend', 'schedule', 'support', 'sell'], bad: ['selling', '', null] },
  'bot.guardrails': { good: ['', 'one', ['one', 'two'], []], bad: [null, 5, [5], ['x'.repeat(4001)]] },
  'bot.customInstructions': texts,
  'bot.newChats': yesOrNo,
  'llm.inputPrice': { good: [null, 0, 0.15], bad: [-1, '1'] },
  'llm.outputPrice': { good: [null, 0, 12], bad: [-1, '1'] },
  'bot.patienceSeconds': { good: [0, 4, 20], bad: [-1, 21, '4', null] },
  'bot.humanHours': { good: [0.1, 2, 168], bad: [0, 169, '2', null] },
  'bot.quietHours': { good: [null, '22:00-08:00', '13:30-15:00'], bad: ['', '22-8', '24:00-08:00', 5] },
  'bot.chatRepliesPerDay': { good: [1, 60], bad: [0, 1.5, '60', null] },
  'bot.accountRepliesPerDay': { good: [1, 1000], bad: [0, 1.5, '60', null] },
  'bot.accountTokensPerDay': { good: [1000, 2_000_000], bad: [0, 1.5, '60', null] },
  'bot.knowledgeDir': { good: [null, './documents'], bad: ['', 5] },
  'llm.transcriptionModel': { good: [null, 'whisper-1'], bad: ['', 5] },
  'llm.images': { good: [true, false], bad: [null, 'yes'] },
  'bot.customerFields': { good: [[], ['pet_name', 'day2']], bad: [null, 'pet', ['Pet'], ['__proto__'], [5]] },
  'schedule.timeZone': { good: ['UTC', 'America/Argentina/Buenos_Aires'], bad: ['', 'Mars/Base', null, 5] },
  'schedule.openingHours': {
    good: [[], ['mon-fri 09:00-13:00', 'sat 10:00-14:00']],
    bad: [
      null,
      'mon 09:00-10:00',
      ['mon'],
      ['mon 10:00-09:00'],
      ['lun 09:00-10:00'],
      ['mon 9:00-10:00'],
      [5],
    ],
  },
  'schedule.holidays': { good: [[], ['2026-12-25']], bad: [null, ['25/12/2026'], ['2026-02-30'], [5]] },
  'schedule.services': {
    good: [[], ['Haircut | 30 | 15 €', 'Colour | 90']],
    bad: [null, ['Haircut'], ['| 30'], ['Haircut | x'], ['Haircut | 3'], ['a | 30 | 1 | 2'], [5]],
  },
  'schedule.reminderHours': { good: [null, 1, 24], bad: [0, -1, 169, '24'] },
  'send.pacing': {
    good: ['careful', 'off', { coldPerDay: 10, coldHours: [10, 18] }, { gapSeconds: [0, 0] }],
    bad: ['on', false, null, { coldPerDay: 0 }, { coldHours: [20, 9] }, { gapSeconds: [3, 1] }, { odd: 1 }],
  },
  'send.quietHours': { good: [null, '21:00-09:00'], bad: ['9-21', '24:00-01:00', 5] },
  'send.stopWords': { good: [[], ['basta']], bad: [null, 'basta', [''], [5]] },
  'send.startWords': { good: [[], ['quiero']], bad: [null, 'quiero', [''], [5]] },
  'send.timeToLiveHours': { good: [0.5, 24, 720], bad: [0, -1, 721, '24', null] },
  'media.fetch': { good: [true, false], bad: ['yes', null] },
  'media.maxUploadBytesPerDay': { good: [1, 2_147_483_648, null], bad: [0, 1.5, '2GB'] },
  'media.maxKeptBytes': { good: [1, 21_474_836_480, null], bad: [0, -1, '20GB'] },
  'media.maxBytes': { good: [1024, 67_108_864], bad: [0, 1023, 1e12, null, '64MB'] },
  'media.retentionDays': { good: [null, 1, 3650], bad: [0, 3651, 1.5] },
  'media.allowPrivate': { good: [[], ['shop.lan', '10.0.0.0/8']], bad: [null, 'shop.lan', ['']] },
  'webhooks.allowPrivate': {
    good: [[], ['crm.internal', '192.168.1.20', '10.0.0.0/8', 'fd00::/8']],
    bad: [null, 'crm.internal', [''], ['10.0.0.0/33'], ['10.0.0/8'], ['a/b'], [5]],
  },
  'alerts.command': words,
  'alerts.url': webAddresses,
  'webhooks.retentionDays': { good: [1, 3650], bad: [0, 3651, 1.5, null] },
  'webhooks.endpoints': {
    good: [[], [{ name: 'CRM', url: 'https://crm.example.com/hook', events: ['message.*'] }]],
    bad: [
      null,
      'x',
      [{ name: 'CRM' }],
      [{ name: 'CRM', url: 'https://a.b', events: ['no.*'] }],
      [{ name: 'CRM', url: 'https://a.b', odd: 1 }],
    ],
  },
  'log.level': {
    good: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    bad: ['verbose', 'INFO', null],
  },
  'log.format': { good: ['auto', 'pretty', 'json'], bad: ['text', null] },
  'auth.bootstrapKey': {
    good: [null, '4fJ2kq9ZxW1rT7pLm3Vd8sYc'],
    bad: ['', 'x'.repeat(23), 'x'.repeat(24), 5],
  },
} satisfies Record<ConfigKey, Samples>

/** A list of lists would be taken for lists of arguments. */
function boxed(values: readonly unknown[]): { value: unknown }[] {
  return values.map((value) => ({ value }))
}

describe.each(keys)('$key', ({ key, schema, expected, description }) => {
  it.each(boxed(samples[key].good))('takes $value', ({ value }) => {
    expect(schema.safeParse(value).success).toBe(true)
  })

  it.each(boxed([...samples[key].bad, {}]))('refuses $value', ({ value }) => {
    expect(schema.safeParse(value).success).toBe(false)
  })

  it('says what it is and what it expects', () => {
    expect(description).toMatch(/^\S.*\.$/)
    expect(expected).toMatch(/^[a-z0-9]/)
  })
})

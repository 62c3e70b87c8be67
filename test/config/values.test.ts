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
  'data.dir': { good: ['./data', '/var/lib/zaguan'], bad: ['', null, 5] },
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
  'llm.baseUrl': webAddresses,
  'llm.apiKey': words,
  'llm.model': words,
  'business.name': { good: ['', 'Café'], bad: ['x'.repeat(121), null, 5] },
  'business.description': texts,
  'bot.purpose': { good: ['attend', 'schedule', 'support', 'sell'], bad: ['selling', '', null] },
  'bot.guardrails': { good: ['', 'one', ['one', 'two'], []], bad: [null, 5, [5], ['x'.repeat(4001)]] },
  'bot.customInstructions': texts,
  'bot.newChats': yesOrNo,
  'send.pacing': { good: ['careful', 'off'], bad: ['on', false, null] },
  'send.timeToLiveHours': { good: [0.5, 24, 720], bad: [0, -1, 721, '24', null] },
  'webhooks.allowPrivate': {
    good: [[], ['crm.internal', '192.168.1.20', '10.0.0.0/8', 'fd00::/8']],
    bad: [null, 'crm.internal', [''], ['10.0.0.0/33'], ['10.0.0/8'], ['a/b'], [5]],
  },
  'alerts.command': words,
  'alerts.url': webAddresses,
  'log.level': {
    good: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    bad: ['verbose', 'INFO', null],
  },
  'log.format': { good: ['auto', 'pretty', 'json'], bad: ['text', null] },
  'auth.bootstrapKey': { good: [null, 'x'.repeat(24)], bad: ['', 'x'.repeat(23), 5] },
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

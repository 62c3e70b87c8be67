import { createHmac, timingSafeEqual } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { makeWebhookSecret, webhookFormatNames } from '../../../src/features/webhooks/webhook.ts'
import { webhookFormats } from '../../../src/daemon/apis.ts'
import { signatureHeaders } from '../../../src/features/webhooks/format.ts'

const crypto = { createHmac }

/** As Botssy's documentation prints it. */
function verifyWebhook(payload: unknown, signature: unknown, timestamp: unknown, secret: string): boolean {
  const data = timestamp + '.' + JSON.stringify(payload)
  const expected = crypto.createHmac('sha256', secret).update(data).digest('hex')
  return signature === expected
}

/** As Stripe's libraries do it. */
function verifyStripe(header: string, body: string, secret: string, now: number): boolean {
  const parts = header.split(',').map((part) => part.split('=') as [string, string])
  const time = Number(parts.find(([key]) => key === 't')?.[1])
  if (Math.abs(now / 1000 - time) > 300) return false
  const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest()
  return parts.some(([key, hex]) => key === 'v1' && timingSafeEqual(expected, Buffer.from(hex, 'hex')))
}

const secret = makeWebhookSecret()
const other = makeWebhookSecret()
const texts = {
  plain: 'Hola, necesito ayuda',
  unicode: 'Ñandú — 漢字 עברית ‏',
  emoji: '👩‍👩‍👧‍👦🇦🇷❤️‍🔥',
  separators: 'a\u2028b\u2029c\u0000d\u007f',
  'lone surrogates': 'x\ud83d y\udc00',
  quotes: '"\\</script>\n\r\t',
  long: 'ñ😀'.repeat(15_000),
}

function signed(text: string, secrets = [secret], at = new Date()) {
  const body = JSON.stringify({
    event: 'message.received',
    timestamp: 1711353600000,
    data: { content: text },
  })
  const letter = { id: 'evt_01JQ6Z5V8G3M4N5P6Q7R8S9T0V', event: 'message.received', body, at, secrets }
  return {
    body,
    at,
    headers: (format: (typeof webhookFormatNames)[number]) =>
      signatureHeaders(webhookFormats[format], letter),
  }
}

describe.each(Object.entries(texts))('%s', (_, text) => {
  it('BOTSSY-77, BOTSSY-80, BOTSSY-81: the documentation’s own function accepts it behind a JSON parser', () => {
    const { body, headers } = signed(text)
    const h = headers('botssy')
    // The body travels as UTF-8, and the receiver's parser makes an object of it.
    const parsed = JSON.parse(Buffer.from(body, 'utf8').toString('utf8')) as unknown
    expect(verifyWebhook(parsed, h['x-botssy-signature'], h['x-botssy-timestamp'], secret)).toBe(true)
    expect(verifyWebhook(parsed, h['x-botssy-signature'], h['x-botssy-timestamp'], other)).toBe(false)
    expect(
      verifyWebhook(
        { ...(parsed as object), x: 1 },
        h['x-botssy-signature'],
        h['x-botssy-timestamp'],
        secret,
      ),
    ).toBe(false)
  })

  it.each(webhookFormatNames)('the Standard Webhooks library accepts the %s format', (format) => {
    const { body, headers } = signed(text)
    expect(new Webhook(secret).verify(Buffer.from(body, 'utf8').toString('utf8'), headers(format))).toEqual(
      JSON.parse(body),
    )
  })

  it('BOTBIZ-49: a verifier like Stripe’s accepts it', () => {
    const { body, headers, at } = signed(text)
    const header = headers('botbiz')['x-botbiz-signature']!
    expect(verifyStripe(header, body, secret, at.getTime())).toBe(true)
    expect(verifyStripe(header, body, other, at.getTime())).toBe(false)
    expect(verifyStripe(header, `${body} `, secret, at.getTime())).toBe(false)
  })
})

describe('what is wrong is refused', () => {
  const old = new Date(Date.now() - 10 * 60_000)

  it('by the Standard Webhooks library: a changed byte, an old time, a wrong secret', () => {
    const { body, headers } = signed('Hola')
    expect(() => new Webhook(secret).verify(body.replace('Hola', 'Holo'), headers('standard'))).toThrow()
    expect(() => new Webhook(other).verify(body, headers('standard'))).toThrow()
    const late = signed('Hola', [secret], old)
    expect(() => new Webhook(secret).verify(late.body, late.headers('standard'))).toThrow()
  })

  it('by a verifier like Stripe’s: an old time', () => {
    const late = signed('Hola', [secret], old)
    expect(verifyStripe(late.headers('botbiz')['x-botbiz-signature']!, late.body, secret, Date.now())).toBe(
      false,
    )
  })
})

describe('while a secret is replaced', () => {
  it('both secrets sign in every format', () => {
    const { body, headers, at } = signed('Hola', [secret, other])
    for (const one of [secret, other]) {
      expect(new Webhook(one).verify(body, headers('standard'))).toEqual(JSON.parse(body))
      expect(verifyStripe(headers('botbiz')['x-botbiz-signature']!, body, one, at.getTime())).toBe(true)
    }
    const h = headers('botssy')
    const stamp = h['x-botssy-timestamp']
    expect(verifyWebhook(JSON.parse(body), h['x-botssy-signature'], stamp, secret)).toBe(true)
    expect(verifyWebhook(JSON.parse(body), h['x-botssy-signature-old'], stamp, other)).toBe(true)
  })
})

it('BOTSSY-78, BOTSSY-79: a delivery has the time of its try in milliseconds, and the name of its event', () => {
  const { at, headers } = signed('Hola')
  expect(headers('botssy')).toMatchObject({
    'x-botssy-timestamp': String(at.getTime()),
    'x-botssy-event': 'message.received',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  })
  expect(headers('botssy')['x-botssy-signature']).toMatch(/^[0-9a-f]{64}$/)
})

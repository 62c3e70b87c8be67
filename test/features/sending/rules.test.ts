import { describe, expect, test } from 'vitest'
import { AppError, SetupError } from '../../../src/core/errors.ts'
import type { ErrorCode } from '../../../src/core/errors.ts'
import { eventCatalogue } from '../../../src/core/events.ts'
import { grants, scopes } from '../../../src/features/access/scopes.ts'
import type { Scope } from '../../../src/features/access/scopes.ts'
import { Settings, defaultSettings } from '../../../src/core/settings.ts'
import type { SettingKey } from '../../../src/core/settings.ts'

describe('a key', () => {
  test('may do what it was given, and nothing else', () => {
    for (const held of scopes) {
      for (const needed of scopes) {
        expect(grants([held], needed)).toBe(held === needed || held === 'admin')
      }
    }
  })

  test('that may write may not read for that reason', () => {
    expect(grants(['write:messages'], 'read:messages')).toBe(false)
  })

  test('without scopes may do nothing', () => {
    expect(scopes.some((needed: Scope) => grants([], needed))).toBe(false)
  })
})

describe('the settings', () => {
  /** For each key a value that is good and some that are not. */
  const values = {
    businessName: { good: 'Panadería Ñandú', bad: ['x'.repeat(121), 1, null] },
    businessDescription: { good: 'x'.repeat(4000), bad: ['x'.repeat(4001), []] },
    botPurpose: { good: 'sell', bad: ['spam', '', null] },
    guardrails: { good: '', bad: ['x'.repeat(4001), {}] },
    customInstructions: { good: 'Sé breve.', bad: ['x'.repeat(4001), true] },
    botNewChats: { good: true, bad: ['true', 1, null] },
  } satisfies Record<SettingKey, { good: unknown; bad: unknown[] }>

  test('are valid by default, and a fresh install answers no chat unasked', () => {
    expect(Settings.parse(defaultSettings)).toEqual(defaultSettings)
    expect(defaultSettings.botNewChats).toBe(false)
  })

  test.each(Object.entries(values))('take only valid values for %s', (key, { good, bad }) => {
    expect(Settings.safeParse({ ...defaultSettings, [key]: good }).success).toBe(true)
    for (const value of bad)
      expect(Settings.safeParse({ ...defaultSettings, [key]: value }).success).toBe(false)
  })

  test('refuse an unknown name', () => {
    expect(Settings.safeParse({ ...defaultSettings, botnewchats: true }).success).toBe(false)
  })
})

describe('an error', () => {
  const codes = {
    invalid_request: 1,
    unauthorized: 1,
    forbidden: 1,
    not_found: 1,
    method_not_allowed: 1,
    conflict: 1,
    idempotency_in_progress: 1,
    payload_too_large: 1,
    unsupported_media_type: 1,
    idempotency_mismatch: 1,
    recipient_refused: 1,
    rate_limit_exceeded: 1,
    not_connected: 1,
    unavailable: 1,
    insufficient_storage: 1,
    server_error: 1,
  } satisfies Record<ErrorCode, 1>

  test.each(Object.keys(codes) as ErrorCode[])('with the code %s carries its words', (code) => {
    const error = new AppError(code, 'No.')
    expect(error).toMatchObject({ name: 'AppError', code, message: 'No.', details: [], retryAt: undefined })
    expect('cause' in error).toBe(false)
  })

  test('keeps its details, time and cause', () => {
    const cause = new Error('why')
    const retryAt = new Date(0)
    const details = [{ field: 'body.to', message: 'expected a number' }]
    expect(new AppError('conflict', 'No.', { details, retryAt, cause })).toMatchObject({
      details,
      retryAt,
      cause,
    })
    expect(new SetupError('No.', { cause })).toMatchObject({ name: 'SetupError', cause })
  })
})

test.each(Object.entries(eventCatalogue))(
  'the event %s is named noun.past and has a sentence',
  (name, { say, data }) => {
    expect(name).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)?$/)
    expect(say).toMatch(/^[A-Z].+\.$/)
    expect(data.safeParse({}).success).toBe(false)
  },
)

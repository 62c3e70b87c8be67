import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AccountStatus } from '../../src/core/account.ts'
import { hashApiKey, makeApiKey } from '../../src/features/access/api-key.ts'
import type { ConnectionState } from '../../src/features/accounts/connection.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { defaultSettings } from '../../src/core/settings.ts'
import { setAccountStatus } from '../../src/features/accounts/queries/accounts.ts'
import { AccountSettings } from '../../src/features/accounts/settings-store.ts'
import { until } from '../support/until.ts'
import { HandClock, app, juan, lid, message, send } from './fixture.ts'

describe('settings', () => {
  const fromFile = { businessName: 'Panadería', botNewChats: true }

  test('come from the file, over the defaults, until the API sets them', async () => {
    const { settings } = (await app({ fromFile })).services
    const before = await settings.get(1)
    expect(before.settings).toEqual({ ...defaultSettings, ...fromFile })
    expect(before.sources).toMatchObject({ businessName: 'file', botNewChats: 'file', guardrails: 'default' })
    const after = await settings.update(1, { businessName: 'Café', guardrails: 'Nada de política.' })
    expect(after.settings).toMatchObject({
      businessName: 'Café',
      guardrails: 'Nada de política.',
      botNewChats: true,
    })
    expect(after.sources).toMatchObject({ businessName: 'api', guardrails: 'api', botNewChats: 'file' })
    expect(await settings.get(1)).toEqual(after)
  })

  test('that are null are given back to the file, or to the default', async () => {
    const { settings } = (await app({ fromFile })).services
    await settings.update(1, { businessName: 'Café', guardrails: 'x', botNewChats: false })
    await settings.update(1, { businessName: null, guardrails: null, botPurpose: undefined })
    expect(await settings.get(1)).toMatchObject({
      settings: { businessName: 'Panadería', guardrails: '', botNewChats: false },
      sources: { businessName: 'file', guardrails: 'default', botNewChats: 'api' },
    })
  })

  test('that are false or empty are values like any other', async () => {
    const { settings } = (await app({ fromFile })).services
    await settings.update(1, { businessName: '', botNewChats: false })
    expect(await settings.get(1)).toMatchObject({
      settings: { businessName: '', botNewChats: false },
      sources: { businessName: 'api', botNewChats: 'api' },
    })
  })

  test('outlive the program', async () => {
    const first = await app()
    await first.services.settings.update(1, { botPurpose: 'sell' })
    const second = await app({ dataDir: first.dataDir })
    expect((await second.services.settings.get(1)).settings.botPurpose).toBe('sell')
  })

  test('that a failing transaction had set are not remembered', async () => {
    const { services, store } = await app()
    await services.settings.get(1)
    const failing = store.write(async () => {
      await services.settings.update(1, { businessName: 'Nunca' })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect((await services.settings.get(1)).settings.businessName).toBe('')
  })

  test('are the new ones for whoever asks after a change, also where somebody was just reading', async () => {
    const { store } = await app()
    let reading = (): void => undefined
    let goOn = (): void => undefined
    const begun = new Promise<void>((resolve) => (reading = resolve))
    const gate = new Promise<void>((resolve) => (goOn = resolve))
    // A read whose answer is on its way for as long as we like.
    const slow = store.read.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        reading()
        await gate
        return result
      },
    })
    const slowStore = Object.create(store, { read: { get: () => slow } }) as typeof store
    const settings = new AccountSettings({ store: slowStore, fromFile: {}, clock: new HandClock() })
    const earlier = settings.get(1)
    await begun
    await settings.update(1, { businessName: 'Café' })
    goOn()
    await earlier
    expect((await settings.get(1)).settings.businessName).toBe('Café')
  })
})

describe('API keys', () => {
  test('include one with full rights from the first start, told once', async () => {
    const { services } = await app()
    // The test app has configured a key of its own.
    expect(await services.apiKeys.bootstrap(null)).toBeNull()
    const { store } = await app()
    await store.write((trx) => trx.deleteFrom('api_keys').execute())
    const fresh = (await app()).services.apiKeys
    expect(await fresh.bootstrap(null)).toBeNull()
  })

  test('from the first start work, and a second start makes none', async () => {
    const { services, store } = await app()
    await store.write((trx) => trx.deleteFrom('api_keys').execute())
    const key = await services.apiKeys.bootstrap(null)
    expect(key).toMatch(/^bsk_live_/)
    await services.apiKeys.firstKeyShown()
    expect(await services.apiKeys.bootstrap(null)).toBeNull()
    expect(await services.apiKeys.authenticate(key ?? '')).toMatchObject({
      accountId: 1,
      allAccounts: true,
      scopes: ['admin'],
      mode: 'live',
      keyPrefix: key?.slice(0, 13),
    })
  })

  test('a first key that died with its start before anybody saw it gives its place to another one', async () => {
    const { services, store } = await app()
    const { apiKeys } = services
    await store.write((trx) => trx.deleteFrom('api_keys').execute())
    const lost = await apiKeys.bootstrap(null)
    const shown = await apiKeys.bootstrap(null)
    expect(shown).toMatch(/^bsk_live_/)
    await apiKeys.firstKeyShown()
    expect(await apiKeys.bootstrap(null)).toBeNull()
    expect(await apiKeys.authenticate(lost ?? '')).toBeUndefined()
    expect(await apiKeys.authenticate(shown ?? '')).toMatchObject({ scopes: ['admin'] })
  })

  test('the configured one has full rights from every start on, beside those that were made', async () => {
    const { services } = await app()
    const made = { name: 'made', mode: 'live', scopes: ['admin'], accountId: null } as const
    const { key } = await services.apiKeys.createAsOwner(made)
    const configured = 'my own key of 24 characters'
    for (let start = 0; start < 2; start++) expect(await services.apiKeys.bootstrap(configured)).toBeNull()
    for (const good of [configured, key]) {
      expect(await services.apiKeys.authenticate(good)).toMatchObject({ scopes: ['admin'] })
    }
  })

  test('another configured one takes the place of the former, which can come back; keys that were made stay', async () => {
    const { services } = await app()
    const { apiKeys } = services
    const made = await apiKeys.createAsOwner({
      name: 'bootstrap',
      mode: 'live',
      scopes: ['admin'],
      accountId: null,
    })
    const [first, second] = ['the first key of 24 characters', 'the second key of 24 characters']
    const opens = async () => {
      const callers = await Promise.all([first, second, made.key].map((key) => apiKeys.authenticate(key)))
      return callers.map((found) => found !== undefined)
    }
    await apiKeys.bootstrap(first)
    expect(await opens()).toEqual([true, false, true])
    await apiKeys.bootstrap(second)
    expect(await opens()).toEqual([false, true, true])
    await apiKeys.bootstrap(null)
    expect(await opens()).toEqual([false, true, true])
    await apiKeys.bootstrap(first)
    expect(await opens()).toEqual([true, false, true])
  })

  test('a configured one that was revoked by hand stays revoked', async () => {
    const { services } = await app()
    const configured = 'my own key of 24 characters'
    await services.apiKeys.bootstrap(configured)
    const caller = await services.apiKeys.authenticate(configured)
    await services.apiKeys.revoke(null, caller?.keyId ?? 0)
    expect(await services.apiKeys.authenticate(configured)).toBeUndefined()
    await services.apiKeys.bootstrap(configured)
    expect(await services.apiKeys.authenticate(configured)).toBeUndefined()
  })

  test('an unknown, mistyped, expired or revoked one is nobody’s', async () => {
    const clock = new HandClock()
    const { services, store, key } = await app({ clock })
    const { apiKeys } = services
    for (const bad of ['', 'x', key.slice(0, -1), `${key} `, key.toUpperCase(), makeApiKey('live')]) {
      expect(await apiKeys.authenticate(bad)).toBeUndefined()
    }
    const set = (change: { expires_at?: number; revoked_at?: number }) =>
      store.write((trx) => trx.updateTable('api_keys').set(change).execute())
    await set({ expires_at: clock.now().getTime() + 1000 })
    expect(await apiKeys.authenticate(key)).toBeDefined()
    clock.advance(1000)
    expect(await apiKeys.authenticate(key)).toBeUndefined()
    await set({ expires_at: clock.now().getTime() + 5000, revoked_at: clock.now().getTime() })
    expect(await apiKeys.authenticate(key)).toBeUndefined()
  })

  test('no text of a key is anywhere in the data folder, only its hash', async () => {
    const { services, store, key, dataDir } = await app()
    await store.write((trx) => trx.deleteFrom('api_keys').execute())
    const made = (await services.apiKeys.bootstrap(null)) ?? ''
    await services.apiKeys.bootstrap(key)
    const files = readdirSync(dataDir, { withFileTypes: true }).filter((entry) => entry.isFile())
    const bytes = files.map(({ name }) => readFileSync(join(dataDir, name), 'latin1'))
    expect(bytes.some((text) => text.includes(hashApiKey(made)))).toBe(true)
    for (const secret of [made, made.slice(13), key, key.slice(5)]) {
      expect(bytes.some((text) => text.includes(secret))).toBe(false)
    }
  })
})

describe('the status of an account', () => {
  test('says in one answer who it is, whether it is connected, and what waits and why', async () => {
    const one = await app({ fromFile: { businessName: 'Panadería' } })
    await one.inbound({})
    await one.services.chats.update(1, juan, { botEnabled: true, untouchable: true })
    expect(await one.services.status.report(1)).toMatchObject({
      account: { id: 1, phone: '5491138620812', status: 'connected' },
      settings: { businessName: 'Panadería' },
      connected: true,
      activeBotChats: 1,
      untouchableChats: 1,
      connection: { state: { kind: 'open' }, say: 'Connected to WhatsApp.' },
      outbox: { waiting: 0, oldestAt: null, reason: null },
    })
    one.line.answer = () => ({ kind: 'unconfirmed' })
    const id = await send(one, 'hola')
    const { outbox } = await until('it waits with its reason', async () => {
      const report = await one.services.status.report(1)
      return report.outbox.reason !== null && report
    })
    expect(outbox).toMatchObject({ waiting: 1, reason: expect.stringContaining('did not confirm') })
    expect(outbox.oldestAt).toEqual((await message(one, id)).createdAt)
  })

  test('of an account that does not exist is not found', async () => {
    await expect((await app()).services.status.report(9)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('the code to scan', () => {
  const at = new Date(0)
  const pairing: ConnectionState = { kind: 'pairing', qr: 'the code', until: at, pairingCode: null }
  const connecting: ConnectionState = { kind: 'connecting', attempt: 1 }
  const open: ConnectionState = { kind: 'open', since: at }

  /** What is answered while no code is shown. */
  const answers = {
    pending: 'unavailable',
    logged_out: 'unavailable',
    connected: 'conflict',
    disconnected: 'conflict',
    restricted: 'conflict',
  } satisfies Record<AccountStatus, ErrorCode>

  test.each(Object.entries(answers) as [AccountStatus, ErrorCode][])(
    'is there while it is shown, whatever the account was (%s); otherwise: %s',
    async (status, code) => {
      const one = await app()
      await one.store.write((trx) => setAccountStatus(trx, 1, status))
      one.line.become(connecting)
      await expect(one.services.linking.qr(1)).rejects.toMatchObject({ code })
      one.line.become(pairing)
      expect(await one.services.linking.qr(1)).toEqual({ qr: 'the code', until: at })
      one.line.become(open)
      await expect(one.services.linking.qr(1)).rejects.toMatchObject({ code: 'conflict' })
    },
  )

  test('of an account without a line is said to be about to start', async () => {
    const one = await app()
    one.line.find = () => undefined as unknown as ReturnType<typeof one.line.find>
    expect(one.services.linking.report(1)).toMatchObject({ state: { kind: 'starting' } })
  })
})

describe('chats and messages', () => {
  test('are found under every spelling of their address', async () => {
    const one = await app()
    await one.inbound({ lid, phone: '5491112345678' })
    for (const address of [
      juan,
      lid,
      '+54 9 11 1234-5678',
      '5491112345678',
      '5491112345678:3@s.whatsapp.net',
    ]) {
      expect((await one.services.chats.get(1, address)).jid).toBe(juan)
    }
    await expect(one.services.chats.get(1, '5491199999999')).rejects.toMatchObject({ code: 'not_found' })
    await expect(one.services.chats.get(1, 'Juan')).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(one.services.chats.get(2, juan)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('are paged by a message of the same chat only', async () => {
    const one = await app()
    for (const text of ['a', 'b', 'c']) await one.inbound({ text })
    await one.inbound({ phone: '5491123456789', text: 'elsewhere' })
    const page = await one.services.messages.ofChat(1, juan, { limit: 10, before: 3 })
    expect(page.messages.map(({ text }) => text)).toEqual(['a', 'b'])
    for (const before of [4, 99]) {
      await expect(one.services.messages.ofChat(1, juan, { limit: 10, before })).rejects.toMatchObject({
        code: 'not_found',
      })
    }
    await expect(one.services.messages.get(2, 1)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('the first account is made once', async () => {
    const { accounts } = (await app()).services
    await accounts.ensureFirst('sandbox', 'Another')
    expect((await accounts.list()).map(({ name }) => name)).toEqual(['Test'])
  })
})

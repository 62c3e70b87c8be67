import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashApiKey, makeApiKey } from '../../../src/features/access/api-key.ts'
import { HandClock, app } from '../fixture.ts'

describe('the first API key', () => {
  test('is made by no start that finds a key', async () => {
    const { services } = await app()
    // The test app has configured a key of its own.
    expect(await services.apiKeys.bootstrap(null)).toBeNull()
    const { store } = await app()
    await store.write((trx) => trx.deleteFrom('api_keys').execute())
    const fresh = (await app()).services.apiKeys
    expect(await fresh.bootstrap(null)).toBeNull()
  })

  test('has full rights, and a second start makes none', async () => {
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

  test('gives its place to another one where it died with its start before it was shown', async () => {
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

  test('may be configured, and has full rights from every start on, beside keys that were made', async () => {
    const { services } = await app()
    const made = { name: 'made', mode: 'live', scopes: ['admin'], accountId: null } as const
    const { key } = await services.apiKeys.createAsOwner(made)
    const configured = 'my own key of 24 characters'
    for (let start = 0; start < 2; start++) expect(await services.apiKeys.bootstrap(configured)).toBeNull()
    for (const good of [configured, key]) {
      expect(await services.apiKeys.authenticate(good)).toMatchObject({ scopes: ['admin'] })
    }
  })

  test('gives its place to another configured one and can come back, while keys that were made stay', async () => {
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

  test('stays revoked where it was configured and then revoked by hand', async () => {
    const { services } = await app()
    const configured = 'my own key of 24 characters'
    await services.apiKeys.bootstrap(configured)
    const caller = await services.apiKeys.authenticate(configured)
    await services.apiKeys.revoke(null, caller?.keyId ?? 0)
    expect(await services.apiKeys.authenticate(configured)).toBeUndefined()
    await services.apiKeys.bootstrap(configured)
    expect(await services.apiKeys.authenticate(configured)).toBeUndefined()
  })

  test('opens nothing where it is unknown, mistyped, expired or revoked', async () => {
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

  test('is nowhere in the data folder, and only its hash is', async () => {
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

import { describe, expect, test } from 'vitest'
import { defaultSettings } from '../../../src/core/settings.ts'
import { AccountSettings } from '../../../src/features/accounts/settings-store.ts'
import { HandClock, app } from '../fixture.ts'

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

  test('are the new ones for those who ask after a change, also where another caller was just reading', async () => {
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

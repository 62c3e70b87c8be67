import type { AccountId } from '../../core/ids.ts'
import { Settings, defaultSettings } from '../../core/settings.ts'
import type { SettingKey, SettingSource, SettingSources, SettingsPatch } from '../../core/settings.ts'
import { storeSettings, storedSettings } from './queries/settings.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import { noteAudit } from '../events/audit.ts'

/** Holds an account's settings and their sources. */
export interface SettingsReport {
  settings: Settings
  sources: SettingSources
}

/**
 * Keeps the assistant's settings per account: values from the API come before those of the file, and those before the defaults.
 */
export class AccountSettings {
  private readonly store: Store
  private readonly fromFile: Partial<Settings>
  private readonly clock: Clock
  /** Read with every message, changed a few times a year. */
  private readonly cache = new Map<AccountId, SettingsReport>()
  /** Counts changes: a read from before one is not cached after it. */
  private changes = 0

  constructor(parts: { store: Store; fromFile: Partial<Settings>; clock: Clock }) {
    this.store = parts.store
    this.fromFile = parts.fromFile
    this.clock = parts.clock
  }

  async get(accountId: AccountId): Promise<SettingsReport> {
    const cached = this.cache.get(accountId)
    if (cached) return cached
    const { changes } = this
    const report = this.combine(await storedSettings(this.store.read, accountId))
    if (changes === this.changes) this.cache.set(accountId, report)
    return report
  }

  /** Sets values, returns null ones to the file, leaves undefined ones. */
  async update(accountId: AccountId, patch: SettingsPatch): Promise<SettingsReport> {
    const forget = () => {
      this.changes++
      this.cache.delete(accountId)
    }
    return this.store.writeUrgently(async (trx) => {
      const at = this.clock.now()
      await storeSettings(trx, accountId, patch, at)
      const changed = Object.entries(patch).filter(([, value]) => value !== undefined)
      const detail = { changed: changed.map(([name]) => name) }
      await noteAudit(trx, { action: 'settings.changed', accountId, subject: null, detail }, at)
      afterCommit(trx, forget)
      return this.combine(await storedSettings(trx, accountId))
    })
  }

  private combine(stored: Map<string, unknown>): SettingsReport {
    const values: Record<string, unknown> = {}
    const sources: Partial<SettingSources> = {}
    for (const key of Object.keys(defaultSettings) as SettingKey[]) {
      const [value, source] = this.pick(key, stored)
      values[key] = value
      sources[key] = source
    }
    return { settings: Settings.parse(values), sources: sources as SettingSources }
  }

  private pick(key: SettingKey, stored: Map<string, unknown>): [unknown, SettingSource] {
    if (stored.has(key)) return [stored.get(key), 'api']
    const fromFile = this.fromFile[key]
    return fromFile === undefined ? [defaultSettings[key], 'default'] : [fromFile, 'file']
  }
}

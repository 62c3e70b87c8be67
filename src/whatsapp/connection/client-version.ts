import { DEFAULT_CONNECTION_CONFIG, fetchLatestWaWebVersion } from '@whiskeysockets/baileys'
import type { WAVersion } from '@whiskeysockets/baileys'
import type { SessionVault } from '../../core/ports.ts'

/** Fetches the current client version; undefined if it cannot be determined. */
export type FetchVersion = (signal: AbortSignal) => Promise<WAVersion | undefined>

/** Keeps the version that worked. */
export type VersionVault = Pick<SessionVault, 'get' | 'commit'>

const slot = { type: 'client-version', id: 'good' }
const fetchTimeoutMs = 10_000
/** WhatsApp changes its version several times a day; a shorter pause would cause a loop. */
const fetchPauseMs = 60 * 60_000

/**
 * Chooses the client version for logins: the last one that WhatsApp accepted, across restarts, instead of the
 * library's, which WhatsApp stops accepting (405, whatsmeow: `ConnectFailureClientOutdated`) some weeks after a release.
 */
export class ClientVersion {
  private readonly vault: VersionVault
  private readonly fetchLatest: FetchVersion | undefined
  private chosen: WAVersion | undefined
  private fetchedAt = -Infinity

  /** Takes the vault of the versions. Without `fetchLatest` it cannot fetch a newer version. */
  constructor(vault: VersionVault, fetchLatest?: FetchVersion) {
    this.vault = vault
    this.fetchLatest = fetchLatest
  }

  /** Returns the version to use; undefined: the library's own. */
  async choose(): Promise<WAVersion | undefined> {
    if (this.chosen) return this.chosen
    const good = parse((await this.vault.get(slot.type, [slot.id])).get(slot.id))
    // A new release of the library overrides an old login.
    if (good && isNewer(good, DEFAULT_CONNECTION_CONFIG.version)) this.chosen = good
    return this.chosen
  }

  /** Remembers that WhatsApp accepted this version. */
  async accepted(version: WAVersion): Promise<void> {
    const value = version.join('.')
    if ((await this.vault.get(slot.type, [slot.id])).get(slot.id) === value) return
    await this.vault.commit({ keys: [{ ...slot, value }] })
  }

  /** Handles a refused version; true if there is another one to try. Fetches at most once an hour. */
  async refused(): Promise<boolean> {
    if (!this.fetchLatest || performance.now() - this.fetchedAt < fetchPauseMs) return false
    this.fetchedAt = performance.now()
    const latest = await this.fetchLatest(AbortSignal.timeout(fetchTimeoutMs)).catch(() => undefined)
    if (!latest || latest.join('.') === this.chosen?.join('.')) return false
    this.chosen = latest
    return true
  }
}

/** Fetches the current version from WhatsApp's web site. */
export async function fetchFromWhatsApp(signal: AbortSignal): Promise<WAVersion | undefined> {
  const { version, isLatest } = await fetchLatestWaWebVersion({ signal })
  return isLatest ? version : undefined
}

function isNewer(one: WAVersion, other: WAVersion): boolean {
  const index = one.findIndex((part, at) => part !== other[at])
  return index >= 0 && (one[index] ?? 0) > (other[index] ?? 0)
}

function parse(value: string | Uint8Array | undefined): WAVersion | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(String(value ?? ''))
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined
}

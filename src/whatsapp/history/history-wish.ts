import { Browsers, DEFAULT_CONNECTION_CONFIG, proto } from '@whiskeysockets/baileys'

/** How much of its history a phone is asked for: the last months, or all of it so many days back; null: as far as it goes. */
export interface HistoryWish {
  whole: boolean
  days: number | null
}

const { HistorySyncConfig } = proto.DeviceProps
const plainEncode = HistorySyncConfig.encode.bind(HistorySyncConfig)
const plainBrowser = DEFAULT_CONNECTION_CONFIG.browser
/** More than any phone sends. Of what it is not told a number for, it takes a year. */
const farthestDays = 3650
/** What the library says of its room for the history, in megabytes: a smaller file is not wanted, either. */
const roomMb = 10_240

/**
 * Says at the linking what the library (7.0.0-rc14) leaves out: how far a whole history is to go back. Phones cut it after a
 * year otherwise, and send one only to what registers as a desktop program. They take it as a wish: what comes is checked
 * against the limit again. Both are kept for the whole process, so all accounts of a daemon ask for the same.
 */
export function askForHistory({ whole, days }: HistoryWish): void {
  const limits = whole
    ? { fullSyncDaysLimit: days ?? farthestDays, fullSyncSizeMbLimit: roomMb, storageQuotaMb: roomMb }
    : {}
  HistorySyncConfig.encode = (config, writer) => plainEncode({ ...config, ...limits }, writer)
  DEFAULT_CONNECTION_CONFIG.browser = whole ? Browsers.macOS('Desktop') : plainBrowser
}

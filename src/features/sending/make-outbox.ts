import { rulesOf } from './rules/pacing.ts'
import type { Pacing } from './rules/pacing.ts'
import type { Lines, UrlFiles } from '../../core/ports.ts'
import type { Store } from '../../db/store.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import { Attachments } from './attachments.ts'
import type { MediaQuotas } from '../media/media-quotas.ts'
import { Languages } from '../messages/languages.ts'
import type { BusinessLocale } from '../messages/languages.ts'
import type { PersonRows } from '../contacts/person-rows.ts'
import type { InFlightSends } from './queue/in-flight-sends.ts'
import { Outbox } from './outbox.ts'
import { Wording } from './wording.ts'
import type { ComingAppointments } from './wording.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'

const nowhere: BusinessLocale = { language: null, country: null }

/** Holds the dependencies and settings of the outbox. */
export interface MakeOutboxParts {
  store: Store
  clock: Clock
  lines: Lines
  outboxChanged: Notifier
  mediaQueued: Notifier
  inFlightSends: InFlightSends
  personRows: PersonRows
  timeToLiveMs: number
  media: { urls: UrlFiles }
  quotas: MediaQuotas
  settings: AccountSettings
  /** Milliseconds that the bot stays silent after a person has written, and the time zone of the business. */
  config: { humanMs: number; schedule: { timeZone: string } }
  comingAppointments: ComingAppointments
  pacing: Pacing
  /** The business's country and language; taken from its number if undefined. */
  locale?: BusinessLocale
}

/** Creates the outbox with the services that find words and files for it. */
export function makeOutbox(parts: MakeOutboxParts): {
  languages: Languages
  wording: Wording
  attachments: Attachments
  outbox: Outbox
} {
  const { media, config } = parts
  const languages = new Languages({ ...parts, locale: parts.locale ?? nowhere })
  const wording = new Wording({ ...parts, languages, zone: config.schedule.timeZone })
  const attachments = new Attachments({ ...parts, languages, urls: media.urls })
  const { humanMs } = config
  const paced = rulesOf(parts.pacing) !== null
  return {
    languages,
    wording,
    attachments,
    outbox: new Outbox({ ...parts, humanMs, attachments, languages, paced }),
  }
}

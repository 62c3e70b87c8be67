import type { Migration } from './migrate.ts'
import { first } from './migrations/001-first.ts'
import { apis } from './migrations/002-apis.ts'
import { botTables } from './migrations/003-bot.ts'
import { webhooks } from './migrations/004-webhooks.ts'
import { assistantFiles } from './migrations/005-assistant-files.ts'
import { rooms } from './migrations/006-rooms.ts'
import { messageSearch } from './migrations/007-message-search.ts'
import { kinds } from './migrations/008-kinds.ts'
import { identity } from './migrations/009-identity.ts'
import { mediaTables } from './migrations/010-media.ts'
import { sendingPace } from './migrations/011-sending-pace.ts'
import { accountLimits } from './migrations/012-account-limits.ts'
import { marketing } from './migrations/013-marketing.ts'
import { numberChecks } from './migrations/014-number-checks.ts'
import { batches } from './migrations/015-batches.ts'
import { schedules } from './migrations/016-schedules.ts'
import { markPeople } from './migrations/017-mark-people.ts'
import { consentTimes } from './migrations/018-consent-times.ts'
import { templates } from './migrations/019-templates.ts'
import { outboxReasons } from './migrations/020-outbox-reasons.ts'
import { mediaPreviews } from './migrations/021-media-previews.ts'
import { coldTexts } from './migrations/022-cold-texts.ts'
import { groupSettings } from './migrations/023-group-settings.ts'
import { scheduledSends } from './migrations/024-scheduled-sends.ts'
import { configuredKeys } from './migrations/025-configured-keys.ts'
import { eventAnswers } from './migrations/026-event-answers.ts'
import { groupJoining } from './migrations/027-group-joining.ts'
import { erasures } from './migrations/028-erasures.ts'
import { earlyPeople } from './migrations/029-early-people.ts'
import { revisionDetails } from './migrations/030-revision-details.ts'
import { peopleSpellings } from './migrations/031-people-spellings.ts'
import { alerts } from './migrations/032-alerts.ts'
import { access } from './migrations/033-access.ts'
import { mediaQuotas } from './migrations/034-media-quotas.ts'
import { hiddenDrafts } from './migrations/035-hidden-drafts.ts'
import { accountNumbers } from './migrations/036-account-numbers.ts'
import { messageWriters } from './migrations/037-message-writers.ts'
import { lastMessage } from './migrations/038-last-message.ts'
import { contacts } from './migrations/039-contacts.ts'
import { webhookLines } from './migrations/040-webhook-lines.ts'
import { erasureTraces } from './migrations/041-erasure-traces.ts'
import { eventTimes } from './migrations/042-event-times.ts'
import { usernames } from './migrations/043-usernames.ts'
import { firstSessions } from './session-migrations/001-first.ts'
import { sessionsHistory } from './session-migrations/002-history.ts'
import { sessionsHistoryWhole } from './session-migrations/003-history-whole.ts'
import { sessionsSealed } from './session-migrations/004-sealed.ts'
import { sessionsLogOuts } from './session-migrations/005-log-outs.ts'

/** The steps of `zaguan.db`. A database records how many of them it has had, so the order never changes. */
export const migrations: readonly Migration[] = [
  first,
  apis,
  botTables,
  webhooks,
  assistantFiles,
  rooms,
  messageSearch,
  kinds,
  identity,
  mediaTables,
  sendingPace,
  accountLimits,
  marketing,
  numberChecks,
  batches,
  schedules,
  markPeople,
  consentTimes,
  templates,
  outboxReasons,
  mediaPreviews,
  coldTexts,
  groupSettings,
  scheduledSends,
  configuredKeys,
  eventAnswers,
  groupJoining,
  erasures,
  earlyPeople,
  revisionDetails,
  peopleSpellings,
  alerts,
  access,
  mediaQuotas,
  hiddenDrafts,
  accountNumbers,
  messageWriters,
  lastMessage,
  contacts,
  webhookLines,
  erasureTraces,
  eventTimes,
  usernames,
]

/** The steps of `sessions.db`, likewise. */
export const sessionMigrations: readonly Migration[] = [
  firstSessions,
  sessionsHistory,
  sessionsHistoryWhole,
  sessionsSealed,
  sessionsLogOuts,
]

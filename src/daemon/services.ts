import type { Notifier } from '../util/notifier.ts'
import { Watchdog } from './watchdog.ts'
import type { ChatKind } from '../features/chats/chat.ts'
import type { GroupMode } from '../features/chats/group.ts'
import { readCron } from './cron.ts'
import type { QuietTimes } from '../features/sending/rules/quiet-hours.ts'
import { rulesOf } from '../features/sending/rules/pacing.ts'
import { defaultBotConfig } from '../features/bot/rules/bot-settings.ts'
import type { BotConfig } from '../features/bot/rules/bot-settings.ts'
import { makeFollower } from './account-follower.ts'
import { Accounts } from '../features/accounts/accounts.ts'
import { Usernames } from '../features/chats/usernames.ts'
import { Countries } from '../features/accounts/countries.ts'
import { TestCustomers } from '../features/accounts/simulated-customer.ts'
import { LineRegistry } from '../features/accounts/line-registry.ts'
import { Users } from '../features/accounts/users.ts'
import { Analytics } from '../features/insight/analytics.ts'
import { Presence } from '../features/chats/presence.ts'
import type { Attachments } from '../features/sending/attachments.ts'
import { ApiKeys } from '../features/access/api-keys.ts'
import { Audit } from '../features/events/audit.ts'
import { Bots } from '../features/bot/bots.ts'
import { Appointments } from '../features/bot/appointments.ts'
import { BotOutreach } from '../features/bot/bot-outreach.ts'
import { comingAppointments } from '../features/bot/records.ts'
import { BotBriefs } from '../features/bot/bot-brief.ts'
import { BotAdmin } from '../features/bot/bot-admin.ts'
import { BotTools } from '../features/bot/bot-tools.ts'
import { BotTurns } from '../features/bot/bot-turns.ts'
import { Catalogue } from '../features/bot/catalogue.ts'
import { Chats } from '../features/chats/chats.ts'
import { Conversations } from '../features/chats/conversations.ts'
import { Customers } from '../features/contacts/customers.ts'
import { CustomerExports } from '../features/insight/customer-export.ts'
import type { PersonRows } from '../features/contacts/person-rows.ts'
import { Groups } from '../features/chats/groups.ts'
import { Idempotency } from '../features/access/idempotency.ts'
import { Inbox } from '../features/messages/inbox.ts'
import { Knowledge } from '../features/bot/knowledge.ts'
import { RateLimits } from '../features/access/limits.ts'
import { Linking } from '../features/accounts/linking.ts'
import { makeMedia } from './make-media.ts'
import type { MediaCleanup } from '../features/media/media-cleanup.ts'
import type { MediaLibrary } from '../features/media/media-library.ts'
import { MediaQuotas } from '../features/media/media-quotas.ts'
import type { MediaWorker } from '../features/media/media-worker.ts'
import { MessageActions } from '../features/messages/message-actions.ts'
import { Messages } from '../features/messages/messages.ts'
import { Metrics } from '../features/insight/metrics.ts'
import { ModelHealth } from '../features/bot/model-health.ts'
import type { Outbox } from '../features/sending/outbox.ts'
import { makeOutbox } from '../features/sending/make-outbox.ts'
import { Search, SearchIndexer } from '../features/messages/search/search.ts'
import { Sender } from '../features/sending/queue/sender.ts'
import { defaultConsentRules } from '../features/sending/consent.ts'
import type { ConsentRules } from '../features/sending/consent.ts'
import { Batches } from '../features/sending/batches.ts'
import { Submissions } from '../features/sending/submissions.ts'
import { inboxReactions } from './reactions.ts'
import { NumberChecks } from '../features/sending/number-lookup.ts'
import { Pacer } from '../features/sending/queue/pacer.ts'
import type { Languages } from '../features/messages/languages.ts'
import { Schedules } from '../features/sending/schedules/schedules.ts'
import type { Sending } from '../features/sending/sending.ts'
import { Templates } from '../features/sending/templates.ts'
import { QueueReport } from '../features/sending/queue/queue-report.ts'
import type { Wording } from '../features/sending/wording.ts'
import { AccountSettings } from '../features/accounts/settings-store.ts'
import { Status } from '../features/insight/status.ts'
import { commonParts } from './common-parts.ts'
import { UndecryptedMessages } from '../features/messages/undecrypted.ts'
import { EventLog } from '../features/webhooks/event-log.ts'
import { Takeover } from '../features/messages/takeover.ts'
import { Tickets } from '../features/bot/tickets.ts'
import { Traces } from '../features/contacts/traces.ts'
import { endpointsOfKeys } from '../features/webhooks/key-endpoints.ts'
import { WebhookEndpoints } from '../features/webhooks/webhook-endpoints.ts'
import type { ServiceOptions, MessageOptions, SendingOptions } from './service-options.ts'

/** Holds the bot's activities and data. */
interface Assistant {
  botAdmin: BotAdmin
  turns: BotTurns
  briefs: BotBriefs
  tools: BotTools
  knowledge: Knowledge
  appointments: Appointments
  tickets: Tickets
  catalogue: Catalogue
}

/** Holds the product's services, one object per activity, and the notifiers that wake them. */
export interface Services {
  accounts: Accounts
  countries: Countries
  usernames: Usernames
  analytics: Analytics
  apiKeys: ApiKeys
  audit: Audit
  presence: Presence
  bots: Bots
  chats: Chats
  conversations: Conversations
  customers: Customers
  customerExports: CustomerExports
  personRows: PersonRows
  groups: Groups
  idempotency: Idempotency
  inbox: Inbox
  limits: RateLimits
  linking: Linking
  media: MediaLibrary
  mediaCleanup: MediaCleanup
  mediaWorker: MediaWorker
  messages: Messages
  messageActions: MessageActions
  metrics: Metrics
  modelHealth: ModelHealth
  watchdog: Watchdog
  outbox: Outbox
  search: Search
  searchIndexer: SearchIndexer
  sender: Sender
  sending: Sending
  settings: AccountSettings
  status: Status
  undecrypted: UndecryptedMessages
  events: EventLog
  webhooks: WebhookEndpoints
  takeover: Takeover
  testAccount: TestCustomers
  traces: Traces
  users: Users
  assistant: Assistant
  /** Notified when the bot has a turn to take that no event tells of. */
  turnsQueued: Notifier
}

/** Merges the settings of all subjects with the parts that several services share. */
function sharedParts({ accounts, messages, sending, bot, ...options }: ServiceOptions) {
  const { missingModel } = bot
  const { groupMode = 'store', keepFormer = false } = messages
  return {
    ...options,
    ...accounts,
    ...messages,
    ...sending,
    groupMode,
    keepFormer,
    missingModel,
    modelConfigured: missingModel === null,
    config: { ...defaultBotConfig, ...bot.config },
    readCron,
    lines: new LineRegistry(options.lines),
    quotas: new MediaQuotas(options),
    ...commonParts(options),
  }
}

type SharedParts = ReturnType<typeof sharedParts>

/** Builds the services of messages in and out. */
function makeFlows(options: ServiceOptions) {
  const shared = sharedParts(options)
  const { lines, config, groupMode, media: fetchRules } = shared
  const settings = new AccountSettings(shared)
  const accounts = new Accounts({ ...shared, reactions: shared.accountReactions })
  const linking = new Linking({ lines, accounts })
  const { humanMs } = config
  const { languages, wording, attachments, outbox } = makeOutbox({ ...shared, settings, comingAppointments })
  const takeover = new Takeover({ ...shared, humanMs })
  const chats = new Chats(shared)
  const conversations = new Conversations({ ...shared, takeover })
  const consent = consentRules(shared.consent, config)
  const inbox = new Inbox({
    ...shared,
    settings,
    humanMs,
    ignored: ignoredKinds(groupMode, shared.keptPosts),
    fetchRules,
    ...inboxReactions({ ...shared, outbox, languages, words: consent.words }),
  })
  const outreach = new BotOutreach({ ...shared, missing: shared.missingModel })
  const needed = { ...shared, outbox, consent, wording, attachments, outreach, conversations }
  const { sender, sending, waiting } = makeSending(needed)
  return {
    shared,
    settings,
    accounts,
    linking,
    outbox,
    takeover,
    chats,
    conversations,
    consent,
    inbox,
    sender,
    sending,
    waiting,
    texts: { languages, wording },
  }
}

/** Builds every service; nothing runs before the parts among them are started. */
export function makeServices(options: ServiceOptions): Services {
  const { shared, settings, accounts, linking, outbox, takeover, chats, ...flows } = makeFlows(options)
  const { conversations, consent, inbox, sender, sending, waiting, texts } = flows
  const { store, turnsQueued, missingModel } = shared
  const watchdog = new Watchdog(shared)
  const modelHealth = new ModelHealth({ ...shared, missing: missingModel })
  const searchIndexer = new SearchIndexer(shared)
  const traces = new Traces({ ...shared, searchIndex: searchIndexer })
  const customers = new Customers({ ...shared, traces, gate: options.webhooks })
  const { quiet } = consent
  const apiKeys = new ApiKeys({ ...shared, accounts, dependents: endpointsOfKeys })
  apiKeys.onChange(() => {
    options.webhooks.keysChanged?.()
    // If another process revoked the key, it has also appended the events of the endpoints that ended.
    store.eventsAppended.notify()
  })
  accounts.follow(makeFollower({ ...shared, inbox, sender, apiKeys, control: options.lineControl }))
  return {
    accounts,
    usernames: new Usernames({ store }),
    countries: new Countries({ store, country: shared.locale?.country }),
    analytics: new Analytics(shared),
    apiKeys,
    audit: new Audit(shared),
    presence: new Presence({ ...shared, chats }),
    bots: new Bots({ ...shared, settings }),
    chats,
    conversations,
    customers,
    customerExports: new CustomerExports({ ...shared, customers }),
    personRows: shared.personRows,
    traces,
    groups: new Groups(shared),
    idempotency: new Idempotency(shared),
    inbox,
    linking,
    ...makeMedia({ ...shared, languages: texts.languages }),
    messages: new Messages({ ...shared, chats, conversations }),
    metrics: new Metrics({ ...shared, linking, waiting, watchdog }),
    modelHealth,
    watchdog,
    messageActions: new MessageActions({ ...shared, outbox }),
    outbox,
    limits: new RateLimits(shared),
    search: new Search({ store, chats }),
    searchIndexer,
    sender,
    sending,
    settings,
    status: new Status({ store, accounts, settings, linking, waiting, modelHealth }),
    undecrypted: new UndecryptedMessages(shared),
    events: new EventLog(shared),
    webhooks: new WebhookEndpoints({ ...shared, gate: options.webhooks }),
    takeover,
    testAccount: new TestCustomers({ ...shared, inbound: inbox }),
    users: new Users(shared),
    assistant: makeAssistant({ ...shared, settings, outbox, takeover, ...texts, quiet }),
    turnsQueued,
  }
}

function makeSending(
  shared: Omit<SharedParts, 'consent'> & {
    outbox: Outbox
    consent: ConsentRules
    wording: Wording
    attachments: Attachments
    outreach: BotOutreach
    conversations: Conversations
  },
): { sender: Sender; sending: Sending; waiting: QueueReport } {
  const zone = shared.config.schedule.timeZone
  const pacer = new Pacer({ ...shared, rules: rulesOf(shared.pacing), zone })
  const { paced } = pacer
  const numbers = new NumberChecks({ ...shared, paced })
  const waiting = new QueueReport({ ...shared, pacer })
  const schedules = new Schedules({ ...shared, quiet: shared.consent.quiet, paced })
  return {
    waiting,
    sender: new Sender({ ...shared, pacer, numbers }),
    sending: {
      waiting,
      numbers,
      templates: new Templates(shared),
      schedules,
      submissions: new Submissions({ ...shared, schedules }),
      batches: new Batches({ ...shared, waiting }),
    },
  }
}

function makeAssistant(
  shared: SharedParts & {
    settings: AccountSettings
    outbox: Outbox
    takeover: Takeover
    quiet: QuietTimes
    languages: Languages
    wording: Wording
  },
): Assistant {
  const knowledge = new Knowledge(shared)
  const appointments = new Appointments(shared)
  const tickets = new Tickets(shared)
  const catalogue = new Catalogue(shared)
  return {
    botAdmin: new BotAdmin(shared),
    turns: new BotTurns(shared),
    briefs: new BotBriefs(shared),
    tools: new BotTools({ ...shared, knowledge, appointments, tickets, catalogue }),
    knowledge,
    appointments,
    tickets,
    catalogue,
  }
}

function ignoredKinds(groupMode: GroupMode, keptPosts: MessageOptions['keptPosts']): Set<ChatKind> {
  const ignored = {
    group: groupMode === 'ignore',
    status: !keptPosts?.statusPosts,
    channel: !keptPosts?.channels,
  }
  return new Set((Object.keys(ignored) as (keyof typeof ignored)[]).filter((kind) => ignored[kind]))
}

function consentRules(
  {
    quietHours = defaultConsentRules.quiet.hours,
    words = defaultConsentRules.words,
  }: NonNullable<SendingOptions['consent']> = {},
  { schedule: { holidays, timeZone: zone } }: BotConfig,
): ConsentRules {
  return { words, quiet: { hours: quietHours, holidays, zone } }
}

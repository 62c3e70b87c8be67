import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createGateway } from '../../src/daemon/gateway.ts'
import type { GatewaySettings } from '../../src/daemon/gateway.ts'
import type { AccountId } from '../../src/core/ids.ts'
import type { ConnectionReport, PairingCode } from '../../src/features/accounts/connection.ts'
import type { BotConfig } from '../../src/features/bot/rules/bot-settings.ts'
import type { GroupMode } from '../../src/features/chats/group.ts'
import type { IncomingMessage } from '../../src/core/messages/incoming.ts'
import type { OutgoingMessage, SendOutcome } from '../../src/core/messages/outgoing.ts'
import { noHistory } from '../../src/core/messages/history.ts'
import type { HistorySummary } from '../../src/core/messages/history.ts'
import type { Pacing } from '../../src/features/sending/rules/pacing.ts'
import type { Line, Lines, OldestMessage } from '../../src/core/ports.ts'
import type { Settings } from '../../src/core/settings.ts'
import { DiskSpace } from '../../src/features/media/files/disk-space.ts'
import { MediaFiles } from '../../src/features/media/files/media-files.ts'
import type { PersonalFiles } from '../../src/features/contacts/traces.ts'
import type { QuotaLimits } from '../../src/features/media/media-quotas.ts'
import type { BusinessLocale } from '../../src/features/messages/languages.ts'
import type { Services } from '../../src/daemon/services.ts'
import type { Store } from '../../src/db/store.ts'
import { openSecretBox } from '../../src/util/secret-key.ts'
import type { Logger } from '../../src/util/logger.ts'
import type { Webhooks, WebhooksOptions } from '../../src/features/webhooks/webhooks.ts'
import { systemClock } from '../../src/util/clock.ts'
import type { Clock } from '../../src/util/clock.ts'
import { sealedContents } from '../../src/whatsapp/content/read-sealed.ts'
import { describe } from '../../src/whatsapp/connection/transition.ts'
import { openStore } from './store.ts'

/** A line that a test drives: the test sets its state, reads the sent messages and chooses their results. */
class FakeLine implements Line, Lines {
  state: ConnectionReport['state'] = { kind: 'starting' }
  readonly sent: OutgoingMessage[] = []
  answer: (message: OutgoingMessage) => SendOutcome | Promise<SendOutcome> = ({ jid }) => ({
    kind: 'sent',
    jid,
  })
  private readonly listeners = new Set<(accountId: AccountId, report: ConnectionReport) => void>()

  report(): ConnectionReport {
    return { state: this.state, say: describe(this.state) }
  }

  readonly asked: { from: OldestMessage; count: number }[] = []

  async history(): Promise<HistorySummary> {
    return noHistory
  }

  async requestHistory(from: OldestMessage, count: number): Promise<void> {
    this.asked.push({ from, count })
  }

  async journal(): Promise<{ waiting: number; setAside: number }> {
    return { waiting: 0, setAside: 0 }
  }

  async send(message: OutgoingMessage): Promise<SendOutcome> {
    this.sent.push(message)
    return this.answer(message)
  }

  /** Answers a request for a pairing code; a test may replace it. */
  givePairingCode: (phone: string) => Promise<PairingCode> = () =>
    Promise.resolve({ code: 'ABCD-EFGH', until: new Date(Date.now() + 160_000) })

  requestPairingCode(phone: string): Promise<PairingCode> {
    return this.givePairingCode(phone)
  }

  answerPasskey(): Promise<void> {
    return Promise.reject(new Error('no test hands in an assertion here'))
  }

  confirmPasskey(): Promise<void> {
    return Promise.reject(new Error('no test confirms a code here'))
  }

  /** Looks up a number at WhatsApp; set by tests of the lookup. */
  lookUp?: (phone: string) => Promise<string | null>

  find(): Line {
    return this
  }

  onChange(listener: (accountId: AccountId, report: ConnectionReport) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Moves the connection, as the inbox and the sender would hear of it. */
  become(state: ConnectionReport['state'], accountId: AccountId = 1): void {
    this.state = state
    for (const listener of this.listeners) listener(accountId, this.report())
  }
}

export interface TestAppOptions {
  /** The business's locale; derived from its number if undefined. */
  locale?: BusinessLocale
  /** Settings that come from the configuration file. */
  fromFile?: Partial<Settings>
  modelConfigured?: boolean
  bot?: Partial<BotConfig>
  clock?: Clock
  /** Left out: the account is linked and connected. */
  linked?: boolean
  timeToLiveMs?: number
  groupMode?: GroupMode
  /** Keeps the words of edited and deleted messages. */
  keepFormer?: boolean
  /** The reply to calls. */
  callReply?: string
  /** `off` where it is left out. */
  pacing?: Pacing
  /** Private hosts to which webhooks may go; this machine where it is left out. */
  allowPrivate?: string[]
  /** Other limits and chances of the deliverer. */
  webhooks?: Partial<Pick<WebhooksOptions, 'limits' | 'random' | 'retentionDays' | 'policy'>>
  maxMediaBytes?: number
  /** Files may fill the disk where it is left out. */
  reserveMb?: number
  /** There are none where it is left out. */
  quotas?: QuotaLimits
  /** The connection's files with personal data. */
  sessions?: PersonalFiles
  /** Files stay where it is left out. */
  mediaRetentionDays?: number
  log?: Logger
  /** An existing data folder, to start on what an earlier app left. */
  dataDir?: string
}

interface Sender {
  phone?: string
  lid?: string
  group?: string
}

export interface TestApp {
  url: string
  /** A full-rights key. */
  key: string
  services: Services
  webhooks: Webhooks
  store: Store
  line: FakeLine
  accountId: AccountId
  dataDir: string
  /** Makes a message arrive from a customer (or from the owner's phone with `fromMe`), at the first account unless another is named. */
  inbound(message: Partial<IncomingMessage> & Sender & { account?: AccountId }): Promise<void>
  stop(): Promise<void>
}

const log = pino({ level: 'silent' })

function settingsOf(options: TestAppOptions): GatewaySettings {
  const allowPrivate = options.allowPrivate ?? ['127.0.0.1']
  const { groupMode, locale } = options
  return {
    accounts: { fromFile: options.fromFile ?? {}, ...(locale === undefined ? {} : { locale }) },
    messages: {
      contents: sealedContents,
      ...(groupMode === undefined ? {} : { groupMode }),
      keepFormer: options.keepFormer ?? false,
      callReply: options.callReply ?? null,
    },
    media: {
      fetch: true,
      maxBytes: options.maxMediaBytes ?? 1024 * 1024,
      ...options.quotas,
      retentionDays: options.mediaRetentionDays ?? null,
      allowPrivate,
    },
    sending: {
      timeToLiveMs: options.timeToLiveMs ?? 24 * 60 * 60_000,
      pacing: options.pacing ?? 'off',
    },
    bot: {
      config: options.bot ?? {},
      missingModel: options.modelConfigured === true ? null : 'llm.baseUrl and llm.model',
    },
    webhooks: { retentionDays: 30, allowPrivate, ...options.webhooks },
    server: { host: '127.0.0.1', port: 0, publicUrl: null },
  }
}

/** The product over real SQLite and real HTTP, without a WhatsApp socket. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'zaguan-test-')))
  const clock = options.clock ?? systemClock
  const store = await openStore(dataDir)
  const line = new FakeLine()
  const gateway = createGateway({
    store,
    files: new MediaFiles(dataDir, new DiskSpace(dataDir, options.reserveMb ?? 0)),
    secrets: openSecretBox(dataDir),
    ...(options.sessions === undefined ? {} : { sessions: options.sessions }),
    lines: line,
    clock,
    log: options.log ?? log,
    version: '0.0.0-test',
    settings: settingsOf(options),
  })
  const { services, webhooks, http } = gateway
  const { accounts, apiKeys, inbox, sender, mediaWorker } = services
  await accounts.ensureFirst('whatsapp', 'Test')
  const key = `test_${randomBytes(16).toString('hex')}`
  await apiKeys.bootstrap(key)
  const accountId = 1
  if (options.linked !== false) {
    line.state = { kind: 'open', since: clock.now() }
    await inbox.identified(accountId, { phone: '5491138620812', lid: '100200300@lid' })
    await inbox.connection(accountId, line.state)
  }
  await services.metrics.start()
  const end = new AbortController()
  await sender.start(end.signal)
  await mediaWorker.start(end.signal)
  await webhooks.start(end.signal)
  await http.start()
  let count = 0
  return {
    url: `http://127.0.0.1:${http.address.port}`,
    key,
    services,
    webhooks,
    store,
    line,
    accountId,
    dataDir,
    inbound: async ({ account = accountId, phone, lid, group, ...message }) => {
      const person = group === undefined
      const digits = phone ?? (lid === undefined && person ? '5491112345678' : null)
      await inbox.messages(account, [
        {
          chat: { kind: person ? 'person' : 'group', phone: digits, lid: lid ?? null, group: group ?? null },
          waId: `IN${++count}`,
          fromMe: false,
          participant: null,
          pushName: 'Juan',
          kind: 'text',
          text: 'hola',
          details: null,
          sentAt: clock.now(),
          origin: 'live',
          proto: null,
          ...message,
        },
      ])
    },
    stop: async () => {
      await http.stop()
      end.abort()
      await webhooks.stop()
      await mediaWorker.stop()
      await sender.stop()
      await services.limits.stop()
      await store.close()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

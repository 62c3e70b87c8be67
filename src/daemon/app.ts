import { join, resolve } from 'node:path'
import { assistantParts, botConfigOf, missingModel } from './assistant.ts'
import { mediaUrls } from '../apis/shared/media-urls.ts'
import { programVersion } from '../util/version.ts'
import type { ConfigSources } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { numberOf } from '../core/account.ts'
import type { Settings } from '../core/settings.ts'
import type { Terminal } from './terminal.ts'
import { isUnspecified } from '../http/requests/client-origin.ts'
import { webhookFormats } from './apis.ts'
import { baseUrlOf, makeHttpServer } from './http-server.ts'
import type { HttpServer } from '../http/server.ts'
import { choresOf } from './daemon-chores.ts'
import { openStores } from './stores.ts'
import type { Stores } from './stores.ts'
import { Chores } from './chores.ts'
import { readCron } from './cron.ts'
import { DemoNetwork } from '../sandbox/demo-network.ts'
import { AlertWatch } from '../features/insight/alert-watch.ts'
import { Alerts } from '../features/insight/alerts.ts'
import { ClockSteps } from '../features/sending/clock-steps.ts'
import { KeyWatch } from '../features/access/key-watch.ts'
import { PairByNumber } from '../features/accounts/pair-by-number.ts'
import { DoubledPeople } from '../features/contacts/doubled-people.ts'
import { KnowledgeFolder } from '../features/bot/knowledge-folder.ts'
import type { ModelReport } from '../features/bot/model-health.ts'
import { makeServices } from './services.ts'
import type { MediaOptions } from './make-media.ts'
import type { ServiceOptions, Services } from './services.ts'
import { DataFolder } from '../db/data-folder.ts'
import type { SessionStore } from '../features/messages/queries/session-store.ts'
import type { MediaFiles } from '../features/media/queries/media-files.ts'
import type { SpareRoom } from '../features/media/queries/spare-room.ts'
import type { Store } from '../db/store.ts'
import { SteadyClock } from '../util/clock.ts'
import { removeGatewayHint, writeGatewayHint } from '../core/gateway-hint.ts'
import { makeUrlSigner } from '../util/signed-url.ts'
import { DestinationPolicy, ownNetworks } from '../net/destination.ts'
import { PublicFiles } from '../net/url-files.ts'
import { Webhooks } from '../features/webhooks/webhooks.ts'
import { writeSecretFile } from '../util/secret-file.ts'
import { Lifecycle } from '../util/lifecycle.ts'
import type { Part } from '../util/lifecycle.ts'
import { StartGarbage } from '../runtime/memory.ts'
import type { Logger } from '../util/logger.ts'
import { WhatsApp } from '../whatsapp/whatsapp.ts'

/** What a running daemon needs. */
export interface DaemonOptions {
  config: Config
  sources: ConfigSources
  log: Logger
  /** Aborted to stop the daemon. */
  signal: AbortSignal
  /** Talks to the person at the terminal. */
  say: Terminal
  /** Digits of the phone to link by a pairing code; null: by a QR code. */
  pair: string | null
}

interface Folders {
  /** The configured folder. */
  root: string
  /** The folder of the databases. */
  dir: string
}

/** Runs the gateway until the signal aborts; resolves after a clean stop. @throws SetupError if it cannot start */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { config, log, signal } = options
  const root = resolve(config.data.dir)
  // The sandbox has its own chats: experiments never mix with the business's.
  const dir = config.whatsapp.network === 'sandbox' ? join(root, 'sandbox') : root
  const folder = DataFolder.claim(dir)
  try {
    if (folder.closed !== null) log.warn(folder.closed)
    const stores = await openStores(dir, config, log)
    try {
      const daemon = new Daemon(options, { root, dir }, stores)
      const lifecycle = new Lifecycle(daemon.parts, log)
      await daemon.prepare()
      await lifecycle.start(signal)
      await daemon.announce()
      await aborted(signal)
      log.info('stopping')
      removeGatewayHint(dir)
      await lifecycle.stop()
    } finally {
      await stores.store.close()
      await stores.sessions.close()
    }
  } finally {
    folder.release()
  }
  log.info('stopped')
}

function consentOf({
  quietHours,
  stopWords,
  startWords,
}: Config['send']): NonNullable<ServiceOptions['consent']> {
  return { quietHours, words: { stop: stopWords, again: startWords } }
}

/** What the HTTP server asks of the database itself. */
const aboutData = (store: Store) => ({ database: () => store.ping(), dataVersion: store.version })

/** Builds and wires every part of the daemon; nothing is open before `parts` start. */
class Daemon {
  /** In start order. */
  readonly parts: readonly Part[]
  private readonly options: DaemonOptions
  private readonly folders: Folders
  private readonly services: Services
  private readonly demo: DemoNetwork | undefined
  private readonly whatsapp: WhatsApp
  private readonly http: HttpServer
  private readonly documents: KnowledgeFolder

  constructor(options: DaemonOptions, folders: Folders, stores: Stores) {
    const { config, sources, log } = options
    const { store, sessions, files, spare, secrets } = stores
    this.options = options
    this.folders = folders
    this.demo = config.whatsapp.network === 'sandbox' ? demoNetwork(folders, log) : undefined
    this.whatsapp = this.makeWhatsApp(sessions, files)
    const clock = new SteadyClock()
    const urlSecret = secrets.derive('signed addresses')
    const mediaUrl = mediaUrls(makeUrlSigner(urlSecret, clock), () => baseUrlOf(this.http, config.server))
    const webhooks = new Webhooks({
      store,
      clock,
      log,
      secrets,
      policy: new DestinationPolicy(allowedPrivate(config, config.webhooks)),
      formats: webhookFormats,
      version: programVersion(),
      retentionDays: config.webhooks.retentionDays,
      mediaUrl,
    })
    this.services = makeServices({
      secrets,
      webhooks,
      store,
      sessions,
      lines: this.whatsapp,
      clock,
      log,
      fromFile: settingsFromFile(config, sources),
      ...retention(config, this.whatsapp),
      timeToLiveMs: config.send.timeToLiveHours * 60 * 60_000,
      modelConfigured: missingModel(config) === null,
      missingModel: missingModel(config) ?? '',
      bot: botConfigOf(config),
      pacing: config.send.pacing,
      place: config.business,
      media: mediaOptions(config, files, mediaUrl),
      readCron,
      consent: consentOf(config.send),
      lineControl: this.whatsapp,
      maxAccounts: config.whatsapp.maxAccounts,
    })
    const { accounts, assistant } = this.services
    this.documents = new KnowledgeFolder({ ...assistant, dir: config.bot.knowledgeDir, accounts, log })
    const http = { ...config.server, version: programVersion(), urlSecret, ...aboutData(store) }
    this.http = makeHttpServer(http, this.services, log)
    this.parts = this.inOrder({ clock, store, sessions, webhooks, spare })
  }

  private makeWhatsApp(sessions: SessionStore, drafts: MediaFiles): WhatsApp {
    const { whatsapp } = this.options.config
    return new WhatsApp({
      network: () => this.demo?.address() ?? whatsapp,
      syncFullHistory: whatsapp.syncFullHistory,
      takes: whatsapp,
      historyDays: whatsapp.historyDays,
      log: this.options.log,
      accounts: () => this.services.accounts.list(),
      inbound: () => this.services.inbox,
      groups: () => this.services.groups,
      attention: () => this.services.attention,
      vault: (accountId) => sessions.vault(accountId),
      drafts,
    })
  }

  private inOrder(made: {
    clock: SteadyClock
    store: Store
    sessions: SessionStore
    webhooks: Webhooks
    spare: SpareRoom
  }): Part[] {
    const { config, log, pair } = this.options
    const { clock, store, sessions, webhooks, spare } = made
    const { demo, documents, services, whatsapp } = this
    const { accounts, sender, limits, mediaWorker, metrics, modelHealth: health, settings } = services
    const doubles = new DoubledPeople({
      store,
      clock,
      personRows: services.personRows,
    })
    const pairing = pair === null ? [] : [pairByNumber(pair, { whatsapp, services, log })]
    const alerts = new Alerts({
      lines: whatsapp,
      accounts,
      health,
      store,
      clock,
      log,
      options: config.alerts,
    })
    const humanMs = botConfigOf(config).humanMs
    const watch = new AlertWatch({ alerts, store, clock, health, settings, humanMs })
    return [
      new ClockSteps({ clock, store, log }),
      new Chores(
        choresOf(config, { services, sessions, webhooks, documents, doubles, watch, spare, clock, log }),
        log,
      ),
      ...(demo ? [demo] : []),
      alerts,
      services.watchdog,
      services.searchIndexer,
      metrics,
      sender,
      mediaWorker,
      webhooks,
      ...assistantParts(config, services, {
        lines: whatsapp,
        log,
        store,
        media: { open: (id) => services.media.openOf(id) },
      }),
      ...pairing,
      whatsapp,
      limits,
      new KeyWatch({ apiKeys: services.apiKeys, log }),
      this.http,
      new StartGarbage(),
    ]
  }

  /** Creates account 1 in the first start. */
  async prepare(): Promise<void> {
    const { config } = this.options
    await this.services.accounts.ensureFirst(config.whatsapp.network, config.business.name || 'WhatsApp')
    await this.services.accounts.forgetConnections()
    await this.services.accounts.finishRemovals()
    const { bootstrapKey } = config.auth
    if (bootstrapKey !== null) await this.services.apiKeys.bootstrap(bootstrapKey)
    await this.services.webhooks.declare(config.webhooks.endpoints)
    await this.documents.open()
    this.services.modelHealth.onReport((report) => this.tellOfModel(report))
    await this.warnOfMissingModel()
    this.whatsapp.onChange((accountId, report) => {
      this.services.accounts
        .list()
        .then((accounts) => {
          // The account may have been removed meanwhile.
          const account = accounts.find(({ id }) => id === accountId)
          if (!account) return
          this.options.say.connection(account, report)
          if (report.state.kind === 'pairing' && report.state.qr !== null)
            this.demo?.scan({ id: accountId, name: account.name, number: numberOf(account) }, report.state.qr)
        })
        .catch((error: unknown) => this.options.log.error({ err: error }, 'the terminal could not be told'))
    })
  }

  private tellOfModel({ state, say }: ModelReport): void {
    const { log, say: terminal } = this.options
    if (state === 'down') log.warn({ state }, 'the language model is down')
    else log.info({ state }, 'the language model answers again')
    terminal.notice('model', say)
  }

  private async warnOfMissingModel(): Promise<void> {
    const { accounts, modelHealth, settings } = this.services
    const { state, say } = modelHealth.report()
    if (state !== 'missing') return
    for (const { id } of await accounts.list()) {
      if (!(await settings.get(id)).settings.botNewChats) continue
      this.options.log.warn({ account: id }, 'the bot is on, but no language model is configured')
      this.options.say.notice('model', `The bot is on. ${say}`)
    }
  }

  /** Writes the hint for `zaguan status` beside this program; without it that command needs a key. */
  private leaveHint(url: string): void {
    try {
      const key = this.services.apiKeys.local.open()
      writeGatewayHint(this.folders.dir, { url, key, pid: process.pid })
    } catch (error) {
      this.options.log.warn({ err: error }, 'commands on this machine will need a key')
    }
  }

  /**
   * Tells the person at the terminal where everything is, once requests are answered. If nobody can get in yet,
   * creates a key now and shows it: a start that failed earlier has created none, and one that dies in between is
   * followed by one that shows another.
   */
  async announce(): Promise<void> {
    const { say } = this.options
    const { apiKeys } = this.services
    const { dir } = this.folders
    const sandbox = this.demo ? { controlUrl: this.demo.address().controlUrl } : null
    const { host, port } = this.http.address
    const here = isUnspecified(host) ? '127.0.0.1' : host
    const url = `http://${here.includes(':') ? `[${here}]` : here}:${port}`
    this.leaveHint(url)
    const key = this.options.config.auth.bootstrapKey === null ? await apiKeys.bootstrap(null) : null
    // Without a reader at the terminal the lines end in a log, where a key would stay for good.
    const keyFile = key === null || say.isWatched ? null : writeSecretFile(join(dir, 'first-key.txt'), key)
    const bootstrapKey = keyFile === null ? key : null
    say.listening({ url, dataDir: dir, version: programVersion(), bootstrapKey, keyFile, sandbox })
    if (key !== null) await apiKeys.firstKeyShown()
  }
}

function pairByNumber(
  phone: string,
  { whatsapp, services, log }: { whatsapp: WhatsApp; services: Services; log: Logger },
): PairByNumber {
  return new PairByNumber({ lines: whatsapp, linking: services.linking, accountId: 1, phone, log })
}

/** Reads from the configuration which messages are kept, in what detail, and how they are read. */
function retention({ messages, groups, whatsapp, calls }: Config, { contents }: WhatsApp) {
  const { keepFormer } = messages
  return { keepFormer, groupMode: groups.mode, takes: whatsapp, contents, callReply: calls.reply }
}

/**
 * Returns the private addresses that are allowed: in the sandbox, receivers and files are on the own machine or
 * network.
 */
function allowedPrivate(
  { whatsapp }: Config,
  { allowPrivate }: { allowPrivate: readonly string[] },
): readonly string[] {
  return whatsapp.network === 'sandbox' ? [...ownNetworks, ...allowPrivate] : allowPrivate
}

function mediaOptions(config: Config, files: MediaFiles, urlOf: MediaOptions['urlOf']): MediaOptions {
  const urls = new PublicFiles({
    allowPrivate: allowedPrivate(config, config.media),
    version: programVersion(),
  })
  return { ...config.media, files, urls, urlOf }
}

function demoNetwork({ root, dir }: Folders, log: Logger): DemoNetwork {
  return new DemoNetwork({ stateFile: join(dir, 'network.json'), hintsFile: join(root, 'sandbox.json'), log })
}

/** Returns the assistant's settings from the file or the environment; the rest keeps its default. */
function settingsFromFile(config: Config, sources: ConfigSources): Partial<Settings> {
  const given: Partial<Settings> = {
    ...(sources['business.name'].kind === 'default' ? {} : { businessName: config.business.name }),
    ...(sources['business.description'].kind === 'default'
      ? {}
      : { businessDescription: config.business.description }),
    ...(sources['bot.purpose'].kind === 'default' ? {} : { botPurpose: config.bot.purpose }),
    ...(sources['bot.guardrails'].kind === 'default' ? {} : { guardrails: config.bot.guardrails }),
    ...(sources['bot.customInstructions'].kind === 'default'
      ? {}
      : { customInstructions: config.bot.customInstructions }),
    ...(sources['bot.newChats'].kind === 'default' ? {} : { botNewChats: config.bot.newChats }),
  }
  return given
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

import { join, resolve } from 'node:path'
import { assistantParts } from './assistant.ts'
import { createGateway } from './gateway.ts'
import type { Gateway } from './gateway.ts'
import { botConfigOf, settingsOf } from './settings.ts'
import { programVersion } from '../util/version.ts'
import type { ConfigSources } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { numberOf } from '../core/account.ts'
import type { Terminal } from './terminal.ts'
import { isUnspecified } from '../http/requests/client-origin.ts'
import { choresOf } from './daemon-chores.ts'
import { openStores } from './stores.ts'
import type { Stores } from './stores.ts'
import { Backups } from './backups.ts'
import { Chores } from './chores.ts'
import { DemoNetwork } from '../sandbox/demo-network.ts'
import { AlertWatch } from '../features/insight/alert-watch.ts'
import { Alerts } from '../features/insight/alerts.ts'
import { ClockSteps } from '../features/sending/queue/clock-steps.ts'
import { KeyWatch } from '../features/access/key-watch.ts'
import { PairByNumber } from '../features/accounts/pair-by-number.ts'
import { DuplicatePeople } from '../features/contacts/duplicate-people.ts'
import { KnowledgeFolder } from '../features/bot/knowledge-folder.ts'
import type { ModelReport } from '../features/bot/model-health.ts'
import type { Services } from './services.ts'
import { DataFolder } from '../db/data-folder.ts'
import type { SessionStore } from '../db/sessions/session-store.ts'
import type { Store } from '../db/store.ts'
import type { MediaFiles } from '../features/media/files/media-files.ts'
import { MonotonicClock } from '../util/clock.ts'
import { removeGatewayHint, writeGatewayHint } from '../core/gateway-hint.ts'
import { writeSecretFile } from '../util/secret-file.ts'
import { Lifecycle } from '../util/lifecycle.ts'
import type { Part } from '../util/lifecycle.ts'
import { StartGarbage } from '../runtime/memory.ts'
import type { Logger } from '../util/logger.ts'
import { WhatsApp } from '../whatsapp/whatsapp.ts'

/** Holds the dependencies of a running daemon. */
export interface DaemonOptions {
  config: Config
  sources: ConfigSources
  /** The configuration file in use; null: none. */
  configFile: string | null
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

/** Builds and wires every part of the daemon; nothing is open before `parts` start. */
class Daemon {
  /** In start order. */
  readonly parts: readonly Part[]
  private readonly options: DaemonOptions
  private readonly folders: Folders
  private readonly clock = new MonotonicClock()
  private readonly demo: DemoNetwork | undefined
  private readonly whatsapp: WhatsApp
  private readonly gateway: Gateway
  private readonly documents: KnowledgeFolder
  private readonly backups: Backups

  constructor(options: DaemonOptions, folders: Folders, stores: Stores) {
    const { config, sources, log } = options
    this.options = options
    this.folders = folders
    this.demo = config.whatsapp.network === 'sandbox' ? demoNetwork(folders, log) : undefined
    this.whatsapp = this.makeWhatsApp(stores.sessions, stores.files)
    const { configFile } = options
    this.backups = new Backups({ config, configFile, clock: this.clock, log })
    this.gateway = createGateway({
      ...stores,
      backupAgeMs: this.backups.ageMs,
      lines: this.whatsapp,
      lineControl: this.whatsapp,
      clock: this.clock,
      log,
      version: programVersion(),
      settings: settingsOf(config, sources, this.whatsapp.contents),
    })
    const { accounts, assistant } = this.gateway.services
    this.documents = new KnowledgeFolder({ ...assistant, dir: config.bot.knowledgeDir, accounts, log })
    this.parts = this.inOrder(stores)
  }

  private makeWhatsApp(sessions: SessionStore, temporaryFiles: MediaFiles): WhatsApp {
    const { whatsapp } = this.options.config
    return new WhatsApp({
      syncFullHistory: whatsapp.syncFullHistory,
      keptPosts: whatsapp,
      historyDays: whatsapp.historyDays,
      log: this.options.log,
      vault: (accountId) => sessions.vault(accountId),
      departing: sessions.logOuts(),
      temporaryFiles,
    })
  }

  /** Makes the part of the connections. They begin when the demo network, if it runs, has an address. */
  private whatsAppPart(): Part {
    const { demo, whatsapp } = this
    const { accounts, inbox: inbound, groups, presence } = this.gateway.services
    return {
      name: 'whatsapp',
      start: (signal) => {
        const network = demo?.address() ?? this.options.config.whatsapp
        whatsapp.start(signal, { network, accounts, inbound, groups, presence })
      },
      stop: () => whatsapp.stop(),
    }
  }

  private makeAlerts(store: Store): Alerts {
    const { clock, whatsapp: lines } = this
    const { config, log } = this.options
    const { accounts, modelHealth: health } = this.gateway.services
    return new Alerts({ lines, accounts, health, store, clock, log, options: config.alerts })
  }

  private inOrder({ store, sessions, spare }: Stores): Part[] {
    const { config, log, pair } = this.options
    const { clock, demo, documents, gateway, whatsapp } = this
    const { services, webhooks, http } = gateway
    const { sender, limits, mediaWorker, metrics, modelHealth: health, settings } = services
    const duplicates = new DuplicatePeople({
      store,
      clock,
      personRows: services.personRows,
    })
    const pairing = pair === null ? [] : [pairByNumber(pair, { whatsapp, services, log })]
    const alerts = this.makeAlerts(store)
    const humanMs = botConfigOf(config).humanMs
    const watch = new AlertWatch({ alerts, store, clock, health, settings, humanMs })
    return [
      new ClockSteps({ clock, store, log }),
      new Chores(
        [
          ...choresOf(config, {
            services,
            sessions,
            webhooks,
            documents,
            duplicates,
            watch,
            spare,
            clock,
            log,
          }),
          this.backups.chore(alerts),
        ],
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
      ...assistantParts(config, gateway, {
        lines: whatsapp,
        log,
        media: { open: (id) => services.media.openOf(id) },
      }),
      ...pairing,
      this.whatsAppPart(),
      limits,
      new KeyWatch({ apiKeys: services.apiKeys, log }),
      http,
      new StartGarbage(),
    ]
  }

  /** Creates account 1 in the first start. */
  async prepare(): Promise<void> {
    const { config } = this.options
    await this.gateway.services.accounts.ensureFirst(
      config.whatsapp.network,
      config.business.name || 'WhatsApp',
    )
    await this.gateway.services.accounts.forgetConnections()
    await this.gateway.services.accounts.finishRemovals()
    const { bootstrapKey } = config.auth
    if (bootstrapKey !== null) await this.gateway.services.apiKeys.bootstrap(bootstrapKey)
    await this.gateway.services.webhooks.declare(config.webhooks.endpoints)
    await this.documents.open()
    this.gateway.services.modelHealth.onReport((report) => this.showModelReport(report))
    await this.warnOfMissingModel()
    this.whatsapp.onChange((accountId, report) => {
      this.gateway.services.accounts
        .list()
        .then((accounts) => {
          // The account may have been removed meanwhile.
          const account = accounts.find(({ id }) => id === accountId)
          if (!account) return
          this.options.say.connection(account, report)
          if (report.state.kind === 'pairing' && report.state.qr !== null)
            this.demo?.scan({ id: accountId, name: account.name, number: numberOf(account) }, report.state.qr)
        })
        .catch((error: unknown) =>
          this.options.log.error({ err: error }, 'the state could not be shown at the terminal'),
        )
    })
  }

  private showModelReport({ state, say }: ModelReport): void {
    const { log, say: terminal } = this.options
    if (state === 'down') log.warn({ state }, 'the language model is down')
    else log.info({ state }, 'the language model answers again')
    terminal.notice('model', say)
  }

  private async warnOfMissingModel(): Promise<void> {
    const { accounts, modelHealth, settings } = this.gateway.services
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
      const key = this.gateway.services.apiKeys.local.open()
      writeGatewayHint(this.folders.dir, { url, key, pid: process.pid })
    } catch (error) {
      this.options.log.warn({ err: error }, 'commands on this machine will need a key')
    }
  }

  /**
   * Tells the person at the terminal where everything is, once requests are answered. If no key opens the gateway yet, creates
   * one now and shows it: a start that failed earlier has created none, and one that dies in between is followed by one that
   * shows another.
   */
  async announce(): Promise<void> {
    const { say } = this.options
    const { apiKeys } = this.gateway.services
    const { dir } = this.folders
    const sandbox = this.demo ? { controlUrl: this.demo.address().controlUrl } : null
    const { host, port } = this.gateway.http.address
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

function demoNetwork({ root, dir }: Folders, log: Logger): DemoNetwork {
  return new DemoNetwork({ stateFile: join(dir, 'network.json'), hintsFile: join(root, 'sandbox.json'), log })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

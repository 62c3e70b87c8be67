import type { AccountId, MediaId } from '../../core/ids.ts'
import type { FileTransfer, Lines, UrlFiles } from '../../core/ports.ts'
import { MediaError } from './media.ts'
import type { MediaTask, UploadTask } from './media.ts'
import { listAllAccounts } from '../accounts/records.ts'
import { dueUploads } from './queries/media-uploads.ts'
import { dueMedia, messageOfMedia, nextMediaTime, scheduleMedia, setMediaSource } from './queries/media.ts'
import type { FetchFrom } from './queries/media.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Part } from '../../util/lifecycle.ts'
import type { Logger } from '../../util/logger.ts'
import { Slots } from '../../util/slots.ts'
import { WorkLoop } from '../../util/work-loop.ts'
import { withMinimumPace } from '../../net/minimum-pace.ts'
import { MediaRecorder } from './media-recorder.ts'
import type { MediaRecorderParts } from './media-recorder.ts'
import { inspectFile } from './media-preview.ts'
import type { SeenFile } from './media-preview.ts'

/** Names the routes of files: from WhatsApp, from given addresses, and to WhatsApp. */
type TransferKind = 'whatsapp' | 'url' | 'upload'
/** Maximum concurrent transfers per lane: for one account, and in total. */
const maxTransfers = { ofAccount: 2, ofAll: 32 }
const maxSleepMs = 30_000
/** Times that a phone is asked for the same file. */
const maxRenewals = 3

/** Holds the dependencies of the worker. */
export interface MediaWorkerParts extends MediaRecorderParts {
  urls: UrlFiles
  lines: Lines
  log: Logger
  mediaQueued: Notifier
}

/** Transfers an account's files; `nowhere`: a test account, whose files go nowhere either. */
type TransferTarget = FileTransfer | 'nowhere'

interface TransferTurn {
  targets: ReadonlyMap<AccountId, TransferTarget>
  signal: AbortSignal
}

interface Job {
  mediaId: MediaId
  accountId: AccountId
  run: () => Promise<void>
}

const newTransfers = () => ({ ofAccounts: new Slots(maxTransfers.ofAccount), running: new Set<number>() })

/**
 * Fetches files of messages and uploads those to be sent. Work is read from rows: a restart continues where the last
 * run was, and memory holds only which rows are in progress. Each account has its own places in each lane, so that
 * slow addresses or many files of one do not delay others.
 */
export class MediaWorker implements Part {
  readonly name = 'media'
  private readonly parts: MediaWorkerParts
  private readonly recorder: MediaRecorder
  private readonly busy = new Map<number, Promise<void>>()
  private readonly transfers = { whatsapp: newTransfers(), url: newTransfers(), upload: newTransfers() }
  private readonly loop: WorkLoop
  private stopListening: (() => void) | undefined

  constructor(parts: MediaWorkerParts) {
    this.parts = parts
    this.recorder = new MediaRecorder(parts)
    this.loop = new WorkLoop({
      name: 'files: queue',
      turn: (signal) => this.turn(signal),
      sleepMs: () => this.sleepMs(),
      wokenBy: [parts.mediaQueued],
      failed: (error) => parts.log.error({ err: error }, 'the transfer of files failed; it is tried again'),
    })
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.parts.files.open()
    this.stopListening = this.parts.lines.onChange((_, { state }) => {
      if (state.kind === 'open') this.loop.wake()
    })
    this.loop.start(signal)
  }

  async stop(): Promise<void> {
    this.stopListening?.()
    await this.loop.ended()
    await Promise.all(this.busy.values())
    await this.parts.urls.close()
  }

  private async turn(signal: AbortSignal): Promise<boolean> {
    const targets = await this.targets()
    const connected = [...targets.keys()]
    const open = (full: readonly AccountId[]) => connected.filter((id) => !full.includes(id))
    await this.fill('whatsapp', (full, limit) =>
      this.fetches({ kind: 'whatsapp', accounts: open(full) }, limit, { targets, signal }),
    )
    await this.fill('url', (full, limit) =>
      this.fetches({ kind: 'url', not: full }, limit, { targets, signal }),
    )
    await this.fill('upload', (full, limit) => this.uploads(open(full), limit, { targets, signal }))
    await this.recorder.deleteOrphans()
    return false
  }

  /** Starts due files until none is left, or every account with due files has no free place. */
  private async fill(
    kind: TransferKind,
    due: (full: readonly AccountId[], limit: number) => Promise<Job[]>,
  ): Promise<void> {
    const { ofAccounts, running } = this.transfers[kind]
    while (running.size < maxTransfers.ofAll) {
      const limit = maxTransfers.ofAll - running.size
      const jobs = await due(ofAccounts.full().map(Number), limit)
      // An account without a free place is left out the next time.
      for (const job of jobs) this.begin(kind, job)
      if (jobs.length < limit) return
    }
  }

  private async fetches(from: FetchFrom, limit: number, { targets, signal }: TransferTurn): Promise<Job[]> {
    const { store, clock } = this.parts
    const tasks = await dueMedia(store.read, from, { now: clock.now(), busy: [...this.busy.keys()], limit })
    return tasks.map((task) => ({
      mediaId: task.id,
      accountId: task.accountId,
      run: () => this.fetch(task, targets.get(task.accountId), signal),
    }))
  }

  private async uploads(
    accounts: AccountId[],
    limit: number,
    { targets, signal }: TransferTurn,
  ): Promise<Job[]> {
    const { store, clock } = this.parts
    const about = { now: clock.now(), accounts, busy: [...this.busy.keys()], limit }
    const tasks = await dueUploads(store.read, about)
    return tasks.map((task) => ({
      mediaId: task.media.id,
      accountId: task.media.accountId,
      run: () => this.upload(task, targets.get(task.media.accountId), signal),
    }))
  }

  /** Returns the transfer targets of the accounts with an open connection. */
  private async targets(): Promise<Map<AccountId, TransferTarget>> {
    const targets = new Map<AccountId, TransferTarget>()
    for (const { id } of await listAllAccounts(this.parts.store.read)) {
      const line = this.parts.lines.find(id)
      if (line?.report().state.kind !== 'open') continue
      const target = line.files === undefined ? 'nowhere' : line.files()
      if (target !== undefined) targets.set(id, target)
    }
    return targets
  }

  private begin(kind: TransferKind, { mediaId, accountId, run }: Job): void {
    const { ofAccounts, running } = this.transfers[kind]
    const leave = ofAccounts.take(String(accountId))
    if (!leave) return
    const { log, mediaQueued } = this.parts
    const job = run()
      .catch((error: unknown) =>
        log.error({ account: accountId, media: mediaId, err: error }, 'a file could not be recorded'),
      )
      .finally(() => {
        leave()
        running.delete(mediaId)
        this.busy.delete(mediaId)
        mediaQueued.notify()
      })
    running.add(mediaId)
    this.busy.set(mediaId, job)
  }

  private async fetch(
    task: MediaTask,
    target: TransferTarget | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { files, library, log, quotas, store } = this.parts
    const end = new AbortController()
    const room = await quotas.left(store.read, task)
    if (room.bytes <= 0) return this.recorder.failed(task, room.reason)
    try {
      let named = ''
      const options = {
        signal: AbortSignal.any([signal, end.signal]),
        onName: (name: string) => (named = name),
      }
      const source = this.open(task, target, options)
      const paced = withMinimumPace(source, () => new MediaError('too_slow'))
      const file = await files.receive(paced, Math.min(library.maxBytes, room.bytes))
      await this.recorder.arrived(task, file, named)
    } catch (error) {
      // An abandoned transfer must not hold a connection.
      end.abort()
      if (signal.aborted) return
      if (!(error instanceof MediaError))
        log.warn({ media: task.id, err: error }, 'a file could not be fetched')
      const known = error instanceof MediaError ? error.reason : 'unreachable'
      const reason = known === 'too_large' && room.bytes < library.maxBytes ? room.reason : known
      if (reason === 'expired' && typeof target === 'object' && task.attempts < maxRenewals) {
        return this.renew(task, target)
      }
      await this.recorder.failed(task, reason)
    }
  }

  private open(
    task: MediaTask,
    target: TransferTarget | undefined,
    { signal, onName }: { signal: AbortSignal; onName: (name: string) => void },
  ): AsyncIterable<Uint8Array> {
    const { maxBytes } = this.parts.library
    if (task.url !== null) return this.parts.urls.fetch(task.url, { maxBytes, signal, onName })
    if (typeof target !== 'object' || task.source === null || task.kind === null)
      throw new MediaError('refused')
    return target.fetch({ kind: task.kind, source: task.source, maxBytes, signal })
  }

  /** Asks the phone to upload the file again. */
  private async renew(task: MediaTask, target: FileTransfer): Promise<void> {
    const { store, clock } = this.parts
    const message = await messageOfMedia(store.read, task.id)
    if (!message || task.source === null) return this.recorder.failed(task, 'expired')
    try {
      const source = await target.renew(message, task.source)
      await store.write(async (trx) => {
        await setMediaSource(trx, task.id, source)
        await scheduleMedia(trx, task.id, { dueAt: clock.now(), attempts: task.attempts + 1, reason: null })
      })
    } catch (error) {
      await this.recorder.failed(task, error instanceof MediaError ? error.reason : 'unreachable')
    }
  }

  private async upload(
    task: UploadTask,
    target: TransferTarget | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { files, log } = this.parts
    const { media, kind } = task
    if (target === undefined || media.sha256 === null) return this.recorder.notHandedOver(task)
    const path = files.pathOf(media.sha256)
    const scratch = files.temporaryPath()
    try {
      const seen = await this.inspect(path, task)
      // The encrypted copy lies beside the file until it is uploaded.
      await files.requireRoom(media.size ?? 0)
      const source = target === 'nowhere' ? null : await target.upload(path, scratch, kind)
      await this.recorder.handedOver(task, source, seen)
    } catch (error) {
      if (signal.aborted) return
      log.warn(
        { account: media.accountId, media: media.id, err: error },
        'a file could not be handed to WhatsApp',
      )
      await this.recorder.notHandedOver(task)
    } finally {
      await files.discard(scratch)
    }
  }

  /** Creates the preview of a file; one that fails is sent without. */
  private async inspect(path: string, { media, kind }: UploadTask): Promise<SeenFile> {
    const { log } = this.parts
    return inspectFile(path, { ...media, kind }, (error) => {
      log.info(
        { account: media.accountId, media: media.id, err: error },
        'no preview could be made of a file',
      )
    })
  }

  private async sleepMs(): Promise<number> {
    // Work that waits for a connection or a place starts with the next notification.
    if (this.busy.size > 0) return maxSleepMs
    const next = await nextMediaTime(this.parts.store.read)
    const ms = next === undefined ? maxSleepMs : next.getTime() - this.parts.clock.now().getTime()
    return ms <= 0 ? 5000 : Math.min(ms, maxSleepMs)
  }
}

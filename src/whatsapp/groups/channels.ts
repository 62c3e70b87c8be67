import type { AccountId } from '../../core/ids.ts'
import { bareJid, postsKind } from '../../core/jid.ts'
import type { GroupRecords } from '../../core/ports.ts'
import type { Logger } from '../../util/logger.ts'
import { oneLine } from '../../util/text.ts'

const nameLength = 200
/** The pause between two queries; a follower of many channels gets their names a little later. */
const pauseMs = 1000
/** Time that a name counts as current, and pause before a channel without one is asked for again. */
const freshMs = 24 * 60 * 60_000
const againMs = 10 * 60_000
const maxWanted = 500
const maxKnown = 5000

/** Holds the dependencies of the names of channels. */
export interface ChannelNamesParts {
  accountId: AccountId
  records: Pick<GroupRecords, 'nameChannel' | 'channelName'>
  /** Asks WhatsApp about a channel; the answer is hostile. */
  query: (jid: string) => Promise<unknown>
  log: Logger
}

/**
 * Learns the names of posting channels. Asks WhatsApp after a post of an unnamed channel, one channel after another
 * and each once at a time; checks known names once a day, and never at the start.
 */
export class ChannelNames {
  private readonly parts: ChannelNamesParts
  /** The next time at which each channel may be asked for. */
  private readonly settled = new Map<string, number>()
  private readonly wanted = new Set<string>()
  /** Channels that were checked since the start. */
  private readonly asked = new Set<string>()
  private timer: NodeJS.Timeout | undefined
  private ended = false

  constructor(parts: ChannelNamesParts) {
    this.parts = parts
  }

  /** Notes that this channel has posted and its chat is stored. */
  noticePost(jid: string): void {
    const channel = bareJid(jid)
    if (this.ended || postsKind(channel) !== 'channel' || this.wanted.size >= maxWanted) return
    if ((this.settled.get(channel) ?? 0) > performance.now()) return
    this.wanted.add(channel)
    this.timer ??= setTimeout(() => void this.askNext(), pauseMs)
  }

  /** Stores a new name that WhatsApp announced. */
  async renamed(jid: string, name: unknown): Promise<void> {
    const channel = bareJid(jid)
    const shown = oneLine(name, nameLength)
    if (shown === '' || postsKind(channel) !== 'channel') return
    await this.parts.records.nameChannel(this.parts.accountId, channel, shown)
    this.settle(channel, freshMs)
  }

  stop(): void {
    this.ended = true
    clearTimeout(this.timer)
  }

  private async askNext(): Promise<void> {
    const [channel] = this.wanted
    if (channel !== undefined) {
      // Prevents a second query meanwhile.
      this.settle(channel, againMs)
      this.wanted.delete(channel)
      await this.ask(channel).catch((error: unknown) => {
        const { accountId, log } = this.parts
        log.warn({ account: accountId, err: error }, 'the name of a channel could not be fetched')
      })
    }
    this.timer = undefined
    if (!this.ended && this.wanted.size > 0) this.timer = setTimeout(() => void this.askNext(), pauseMs)
  }

  private async ask(channel: string): Promise<void> {
    const { accountId, records, query } = this.parts
    // A known name was fetched before this start, so it is checked a day later.
    const known = !this.asked.has(channel) && (await records.channelName(accountId, channel)) !== undefined
    if (this.asked.size >= maxKnown) this.asked.clear()
    this.asked.add(channel)
    if (known) return this.settle(channel, freshMs)
    const name = nameIn(await query(channel))
    if (!this.ended) await this.renamed(channel, name)
  }

  private settle(channel: string, forMs: number): void {
    if (this.settled.size >= maxKnown) this.settled.clear()
    this.settled.set(channel, performance.now() + forMs)
  }
}

/** Returns the name in WhatsApp's answer: `thread_metadata.name.text`. */
function nameIn(answer: unknown): unknown {
  const metadata = field(answer, 'thread_metadata')
  return field(field(metadata, 'name'), 'text')
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

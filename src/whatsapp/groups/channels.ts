import type { AccountId } from '../../core/ids.ts'
import { bareJid, postsKind } from '../../core/jid.ts'
import type { GroupRecords } from '../../core/ports.ts'
import type { Logger } from '../../util/logger.ts'
import { oneLine } from '../../util/text.ts'

const nameLength = 200
/** Between two queries: whoever follows many channels has their names a little later. */
const pauseMs = 1000
/** So long a name counts as the one that the channel still has, and a channel that told none is left alone. */
const freshMs = 24 * 60 * 60_000
const againMs = 10 * 60_000
const maxWanted = 500
const maxKnown = 5000

export interface ChannelNamesParts {
  accountId: AccountId
  records: Pick<GroupRecords, 'nameChannel' | 'channelName'>
  /** What WhatsApp tells of a channel; hostile. */
  query: (jid: string) => Promise<unknown>
  log: Logger
}

/**
 * What the channels are called that post here. WhatsApp is asked when a channel without a name has posted, one channel after
 * another and each once at a time; names that are known are looked at again once a day, and never at the start.
 */
export class ChannelNames {
  private readonly parts: ChannelNamesParts
  /** Until when a channel is not asked for. */
  private readonly settled = new Map<string, number>()
  private readonly wanted = new Set<string>()
  /** Channels that were looked at since the start. */
  private readonly asked = new Set<string>()
  private timer: NodeJS.Timeout | undefined
  private ended = false

  constructor(parts: ChannelNamesParts) {
    this.parts = parts
  }

  /** This channel has posted, and its chat is stored. */
  met(jid: string): void {
    const channel = bareJid(jid)
    if (this.ended || postsKind(channel) !== 'channel' || this.wanted.size >= maxWanted) return
    if ((this.settled.get(channel) ?? 0) > performance.now()) return
    this.wanted.add(channel)
    this.timer ??= setTimeout(() => void this.askNext(), pauseMs)
  }

  /** WhatsApp tells a new name by itself. */
  async told(jid: string, name: unknown): Promise<void> {
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
      // While it is asked for, it is not asked for again.
      this.settle(channel, againMs)
      this.wanted.delete(channel)
      await this.ask(channel).catch((error: unknown) => {
        const { accountId, log } = this.parts
        log.warn({ account: accountId, err: error }, 'a channel could not be asked for its name')
      })
    }
    this.timer = undefined
    if (!this.ended && this.wanted.size > 0) this.timer = setTimeout(() => void this.askNext(), pauseMs)
  }

  private async ask(channel: string): Promise<void> {
    const { accountId, records, query } = this.parts
    // What is known was asked for before this start, so it is asked for again a day after it.
    const known = !this.asked.has(channel) && (await records.channelName(accountId, channel)) !== undefined
    if (this.asked.size >= maxKnown) this.asked.clear()
    this.asked.add(channel)
    if (known) return this.settle(channel, freshMs)
    const name = nameIn(await query(channel))
    if (!this.ended) await this.told(channel, name)
  }

  private settle(channel: string, forMs: number): void {
    if (this.settled.size >= maxKnown) this.settled.clear()
    this.settled.set(channel, performance.now() + forMs)
  }
}

/** The name in what WhatsApp answers: `thread_metadata.name.text`. */
function nameIn(answer: unknown): unknown {
  const metadata = field(answer, 'thread_metadata')
  return field(field(metadata, 'name'), 'text')
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

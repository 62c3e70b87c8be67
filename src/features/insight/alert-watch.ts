import type { AccountId } from '../../core/ids.ts'
import type { Account } from '../../core/account.ts'
import { formatPhone, phoneOf } from '../../core/jid.ts'
import { atUsername } from '../contacts/customer.ts'
import { listAccounts } from '../accounts/records.ts'
import { alertCursor, handoversBetween, setAlertCursor } from './queries/alerts.ts'
import type { Handover } from './queries/alerts.ts'
import { newestSeq } from '../events/records.ts'
import { findBotChat, countBotChats } from '../chats/records.ts'
import { webhookSummary } from '../webhooks/records.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import { localMoment } from '../../core/time/local-moment.ts'
import { oneLine } from '../../util/text.ts'
import type { Alerts } from './alerts.ts'
import type { ModelHealth } from '../bot/model-health.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'

/** Deliveries that wait longer are late: receivers are probed far more often. */
const lateMs = 10 * 60_000
/** Older events raise no alert, since that would only confuse: alerts may have been off for a while. */
const staleMs = 60 * 60_000
const batchSize = 50
/** The cursor is stored after this many events, so that a start has little to read again. */
const storeEvery = 500
const slowLookMs = 60_000
const hourMs = 60 * 60_000

/** Holds the dependencies of the watch. */
export interface AlertWatchParts {
  alerts: Pick<Alerts, 'send' | 'enabled'>
  store: Store
  clock: Clock
  health: Pick<ModelHealth, 'report'>
  settings: Pick<AccountSettings, 'get'>
  /** Milliseconds that the bot is silent in a chat that a person has taken. */
  humanMs: number
}

/** Finds what owners must know and no connection reports: people who wait, a missing model, late webhooks. */
export class AlertWatch {
  private readonly parts: AlertWatchParts
  private readonly cursors = new Map<number, { seen: number; stored: number }>()
  private lookedSlowlyAt = -Infinity

  constructor(parts: AlertWatchParts) {
    this.parts = parts
  }

  /** Checks once; cheap if nothing happened. Resolves when the owner has been alerted. */
  async look(): Promise<void> {
    const { alerts, store } = this.parts
    if (!alerts.enabled) return
    const accounts = await listAccounts(store.read)
    for (const account of accounts) await this.alertHandovers(account)
    if (performance.now() - this.lookedSlowlyAt < slowLookMs) return
    this.lookedSlowlyAt = performance.now()
    for (const account of accounts) {
      await this.alertMissingModel(account)
      await this.alertLateWebhooks(account)
    }
  }

  /** Reads the log from where the last check ended, so that a restart neither skips nor repeats a handover. */
  private async alertHandovers({ id }: Account): Promise<void> {
    const { store, clock } = this.parts
    const through = await newestSeq(store.read, id)
    const cursor = this.cursors.get(id) ?? (await this.loadCursor(id, through))
    if (cursor.seen >= through) return
    const page = { after: cursor.seen, through, limit: batchSize }
    const found = await handoversBetween(store.read, id, page)
    const fresh = found.filter(({ at }) => clock.now().getTime() - at.getTime() < staleMs)
    const told = await Promise.all(fresh.map((handover) => this.alertHandover(id, handover)))
    // An alert that failed is repeated until it is an hour old.
    const untold = fresh.find((_handover, index) => told[index] === false)
    const end = found.length === batchSize ? (found.at(-1)?.seq ?? through) : through
    cursor.seen = untold === undefined ? end : untold.seq - 1
    if ((found.length === 0 || cursor.seen === cursor.stored) && cursor.seen - cursor.stored < storeEvery)
      return
    await store.writeAside((trx) => setAlertCursor(trx, id, cursor.seen))
    cursor.stored = cursor.seen
  }

  private async loadCursor(id: number, newest: number): Promise<{ seen: number; stored: number }> {
    const { store } = this.parts
    const stored = await alertCursor(store.read, id)
    const seen = stored ?? newest
    if (stored === undefined) await store.writeAside((trx) => setAlertCursor(trx, id, newest))
    const cursor = { seen, stored: seen }
    this.cursors.set(id, cursor)
    return cursor
  }

  private async alertHandover(accountId: AccountId, { chatId, reason }: Handover): Promise<boolean> {
    const { alerts, store, humanMs } = this.parts
    const chat = await findBotChat(store.read, chatId)
    if (!chat) return true
    const phone = phoneOf(chat.jid)
    const name = oneLine(chat.customerName ?? chat.pushName ?? '', 80)
    const number = phone === null ? (atUsername(chat.username) ?? '') : formatPhone(phone)
    const who = name !== '' && number !== '' ? `${name} (${number})` : name || number || 'A customer'
    const hours = Math.round((humanMs / hourMs) * 10) / 10
    const silence = `Answer in WhatsApp: the bot stays silent in this chat for ${hours} ${hours === 1 ? 'hour' : 'hours'}.`
    const say = `${sentenceOf(reason, who)} ${silence}`
    return alerts.send({ kind: 'person_wanted', accountId, subject: String(chat.id), say })
  }

  private async alertMissingModel({ id }: Account): Promise<void> {
    const { alerts, health, settings, store } = this.parts
    const { state, say } = health.report()
    if (state !== 'missing') return
    const isOn =
      (await settings.get(id)).settings.botNewChats ||
      (await countBotChats(store.read, id)).activeBotChats > 0
    if (isOn) await alerts.send({ kind: 'model_missing', accountId: id, say: `The bot is on. ${say}` })
  }

  private async alertLateWebhooks({ id }: Account): Promise<void> {
    const { alerts, store, clock } = this.parts
    const { pending, oldestPendingAt, failing } = await webhookSummary(store.read, id)
    const now = clock.now()
    if (oldestPendingAt === null || now.getTime() - oldestPendingAt.getTime() < lateMs) return
    const names = failing.map(({ name }) => `"${oneLine(name, 60)}"`).slice(0, 5)
    const failingList = names.length === 0 ? '' : ` Failing: ${names.join(', ')}.`
    const count = pending === 1 ? '1 webhook delivery waits' : `${pending} webhook deliveries wait`
    const since = localMoment(oldestPendingAt, now)
    const say = `${count}, the oldest since ${since}.${failingList} Check that the receivers run; nothing is lost.`
    await alerts.send({ kind: 'webhooks_late', accountId: id, say })
  }
}

function sentenceOf(reason: string, who: string): string {
  switch (reason) {
    case 'asked_for_a_person':
      return `${who} asks for a person.`
    case 'cannot_hear':
      return `${who} sent a voice note that the bot cannot hear.`
    case 'cannot_see':
      return `${who} sent a file that the bot cannot see.`
    case 'loop':
      return `The bot and ${who} answered each other in circles, so it stopped.`
    default:
      return `The bot could not answer ${who}.`
  }
}

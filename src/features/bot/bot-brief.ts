import type { MessageId } from '../../core/ids.ts'
import { isDuplicateFile } from '../../core/message-body.ts'
import type { ModelImage } from './rules/bot-model.ts'
import type { BotConfig } from './rules/bot-settings.ts'
import type { Turn } from './rules/bot-turn.ts'
import type { ChatKind } from '../chats/chat.ts'
import { AppError } from '../../core/errors.ts'
import type { Language } from '../../core/phone/language.ts'
import { phoneOf } from '../../core/jid.ts'
import type { Message } from '../messages/message.ts'
import type { Settings } from '../../core/settings.ts'
import { findBotChat, setSummary } from '../chats/records.ts'
import { messagesOfChat, findMessage } from '../messages/records.ts'
import { findTranscripts, storeTranscript } from './queries/transcripts.ts'
import { activeAgent, customFields } from './queries/bot-people.ts'
import type { Store } from '../../db/store.ts'
import type { Db } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { Languages } from '../messages/languages.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'

/** Holds the context of a turn: everything that the bot may know for it, and nothing about other customers or accounts. */
export interface BotBrief {
  settings: Settings
  chat: {
    kind: ChatKind
    jid: string
    instruction: string | null
    /** Names and facts are customers' own statements: data, never instructions. */
    customer: { name: string | null; pushName: string | null; fields: Record<string, unknown> } | null
    lastFallbackAt: Date | null
    summary: string | null
    summaryThrough: number | null
  }
  /** The chat's newest messages, oldest first. */
  messages: Message[]
  /** The messages to answer. */
  asked: Message[]
  /** The language the customer writes in; null if it cannot be detected, undefined if that was not tried. */
  language?: Language | null
  /** The language to use if that cannot be detected. */
  fallbackLanguage: Language
  /** The readable pictures among them, by message. */
  images: ReadonlyMap<number, ModelImage>
}

/** Maximum messages that are loaded; the prompt takes as many as its budget allows. */
const maxMessages = 40

/** Collects everything that the bot may know for a turn. */
export class BotBriefs {
  private readonly store: Store
  private readonly clock: Clock
  private readonly settings: Pick<AccountSettings, 'get'>
  private readonly languages: Pick<Languages, 'fallback'>
  readonly config: BotConfig

  constructor(parts: {
    store: Store
    clock: Clock
    settings: Pick<AccountSettings, 'get'>
    languages: Pick<Languages, 'fallback'>
    config: BotConfig
  }) {
    this.store = parts.store
    this.clock = parts.clock
    this.settings = parts.settings
    this.languages = parts.languages
    this.config = parts.config
  }

  /** @throws AppError not_found if the chat is gone */
  async of(turn: Turn): Promise<BotBrief> {
    const db = this.store.read
    const chat = await findBotChat(db, turn.chatId)
    if (!chat) throw new AppError('not_found', 'No such chat')
    const { settings } = await this.settings.get(turn.accountId)
    const agent = await activeAgent(db, turn.accountId)
    const recent = (await messagesOfChat(db, chat.id, { limit: maxMessages })).filter(
      ({ details }) => !isDuplicateFile(details),
    )
    const messages = await withTranscripts(db, recent)
    const customer =
      chat.customerId === null
        ? null
        : {
            name: chat.customerName,
            pushName: chat.pushName,
            fields: await customFields(db, chat.customerId),
          }
    return {
      settings: {
        ...settings,
        botPurpose: agent?.purpose ?? settings.botPurpose,
        guardrails: agent?.guardrails ?? settings.guardrails,
        customInstructions: agent?.instructions ?? settings.customInstructions,
      },
      chat: { ...chat, customer },
      messages,
      asked: messages.filter((message) => message.direction === 'incoming' && within(message.id, turn)),
      fallbackLanguage: await this.languages.fallback(db, turn.accountId, phoneOf(chat.jid)),
      images: new Map(),
    }
  }

  /** Stores a voice note's transcript, so that it is transcribed once. */
  async heard(turn: Turn, messageId: MessageId, text: string): Promise<void> {
    const at = this.clock.now()
    await this.store.write(async (trx) => {
      // The customer may have been erased meanwhile.
      if (!(await findMessage(trx, turn.accountId, messageId))) return
      await storeTranscript(trx, turn.accountId, messageId, { text, at })
    })
  }

  /** Stores the summary of a chat's older messages. */
  async remember(turn: Turn, summary: { text: string; through: number }): Promise<void> {
    await this.store.write(async (trx) => {
      const chat = await findBotChat(trx, turn.chatId)
      if (chat) await setSummary(trx, chat, summary)
    })
  }
}

/** Replaces transcribed voice notes by their words. */
async function withTranscripts(db: Db, messages: Message[]): Promise<Message[]> {
  const silent = messages.filter(({ kind, text }) => kind === 'audio' && text === '')
  const said = await findTranscripts(
    db,
    silent.map(({ id }) => id),
  )
  if (said.size === 0) return messages
  return messages.map((message) => ({ ...message, text: said.get(message.id) ?? message.text }))
}

function within(id: number, { firstMessageId, lastMessageId }: Turn): boolean {
  return firstMessageId !== null && lastMessageId !== null && id >= firstMessageId && id <= lastMessageId
}

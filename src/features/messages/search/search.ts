import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AccountId } from '../../../core/ids.ts'
import type { Direction } from '../../chats/chat.ts'
import { AppError } from '../../../core/errors.ts'
import type { Message, MessageKind } from '../message.ts'
import { findMatches, readSearch } from './search-terms.ts'
import type { SearchHit, SearchCursor } from './search-terms.ts'
import { chatNames } from '../queries/chat-names.ts'
import { indexSome, isIndexed, searchMessages } from '../queries/message-search.ts'
import type { Store } from '../../../db/store.ts'
import type { Part } from '../../../util/lifecycle.ts'
import type { Logger } from '../../../util/logger.ts'
import { WorkLoop } from '../../../util/work-loop.ts'
import type { Chats } from '../../chats/chats.ts'

/** Says which words to find, and where. */
export interface SearchQuestion {
  typed: string
  /** Any form of a chat's address. */
  chat: string | null
  direction: Direction | null
  kind: MessageKind | null
  from: Date | null
  to: Date | null
  after: SearchCursor | null
  limit: number
}

/** One page of results. */
export interface SearchPage {
  hits: SearchHit[]
  /** Start of the next page; null for the last one. */
  next: SearchCursor | null
}

/** So many characters are looked through before others have a turn: a page of long texts takes half a second. */
const maxStretch = 32_768

/** Finds messages by their words. */
export class Search {
  private readonly store: Store
  private readonly chats: Pick<Chats, 'get'>

  constructor(parts: { store: Store; chats: Pick<Chats, 'get'> }) {
    this.store = parts.store
    this.chats = parts.chats
  }

  /**
   * Searches, newest first. A message is found about a second after it came.
   * @throws AppError invalid_request if there is nothing to search for, not_found for an unknown chat
   */
  async messages(accountId: AccountId, question: SearchQuestion): Promise<SearchPage> {
    const terms = readSearch(question.typed)
    if (terms.length === 0) {
      const message = 'The search needs a letter or digit'
      throw new AppError('invalid_request', message, { details: [{ field: 'query.q', message }] })
    }
    const chat = question.chat === null ? null : await this.chats.get(accountId, question.chat)
    const { limit } = question
    const { messages: found, isCut } = await searchMessages(this.store.read, {
      ...question,
      accountId,
      terms,
      chatId: chat?.id ?? null,
      limit: limit + 1,
    })
    const shown = found.slice(0, limit)
    const names = await chatNames(
      this.store.read,
      shown.map(({ chatId }) => chatId),
    )
    const hits: SearchHit[] = []
    let unrested = 0
    for (const message of shown) {
      const chatName = names.get(message.chatId) ?? message.chatJid
      hits.push({ message, chatName, marks: findMatches(message.text, terms) })
      unrested += message.text.length
      if (unrested < maxStretch) continue
      await nextTurn()
      unrested = 0
    }
    const last = isCut || found.length > limit ? shown.at(-1) : undefined
    return { hits, next: last ? cursorOf(last) : null }
  }
}

function cursorOf({ id, sentAt }: Message): SearchCursor {
  return { id, second: Math.floor(sentAt.getTime() / 1000) }
}

/** Rows indexed per transaction: few enough that writers wait only briefly. */
const pieceSize = 200
const restMs = 1000

/** Indexes messages in the background, so that storing one takes no longer. */
export class SearchIndexer implements Part {
  readonly name = 'search'
  private readonly store: Store
  private readonly loop: WorkLoop

  constructor({ store, log }: { store: Store; log: Logger }) {
    this.store = store
    this.loop = new WorkLoop({
      name: 'search index',
      turn: () => this.turn(),
      sleepMs: () => restMs,
      failed: (error) => log.error({ err: error }, 'messages could not be indexed'),
      faultPause: { ms: 10 * restMs, endsOnWake: false },
    })
  }

  start(signal: AbortSignal): void {
    this.loop.start(signal)
  }

  /** Resolves when the indexer has ended; abort the signal first. */
  async stop(): Promise<void> {
    await this.loop.ended()
  }

  /** Resolves when all changed rows are indexed. Its writes outlast a power cut. */
  async catchUp(): Promise<void> {
    while (!(await isIndexed(this.store.read)))
      await this.store.writeAside((trx) => indexSome(trx, pieceSize))
  }

  private async turn(): Promise<boolean> {
    // Checks without writing first: most seconds bring nothing.
    if (await isIndexed(this.store.read)) return false
    // A piece and its place in the list commit together: a piece that a power cut undoes is indexed again.
    await this.store.writeLazily((trx) => indexSome(trx, pieceSize))
    return true
  }
}

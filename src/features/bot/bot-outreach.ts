import { AppError } from '../../core/errors.ts'
import { findBotChat, instruct } from '../chats/records.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Trx } from '../../db/tables.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Opening, Outreach } from '../sending/outreach.ts'
import { insertTurn, openTurns, storeTurn } from './queries/turns.ts'

/** Gives chats to the bot with an instruction, for `POST /send`. */
export class BotOutreach implements Outreach {
  private readonly parts: {
    /** Notified when a turn was made that no event tells of. */
    turnsQueued: Notifier
    /** The setting without which there is no language model; null where there is one. */
    missing: string | null
  }

  constructor(parts: BotOutreach['parts']) {
    this.parts = parts
  }

  refuseWithoutModel(): void {
    const { missing } = this.parts
    if (missing === null) return
    throw new AppError(
      'conflict',
      `No language model is configured: set ${missing} to use "instruction". The bot was not turned on, and nothing was sent.`,
      {
        details: [{ field: 'body.instruction', message: `needs a configured language model (${missing})` }],
      },
    )
  }

  async open(trx: Trx, opening: Opening): Promise<string | undefined> {
    const { accountId, chatId, at } = opening
    const chat = await findBotChat(trx, chatId)
    if (!chat) return 'No such chat.'
    if (chat.untouchable) return 'The bot may not write in this chat: it is marked untouchable.'
    if (chat.optedOut) return 'This customer has opted out.'
    if (chat.humanUntil !== null && chat.humanUntil > at) return 'A person has taken over this chat.'
    await instruct(trx, chatId, opening.instruction)
    if (!opening.write) return undefined
    afterCommit(trx, () => this.parts.turnsQueued.notify())
    const { collecting } = await openTurns(trx, chatId)
    // A person already waits for an answer, which will follow the instruction.
    if (collecting) await storeTurn(trx, { ...collecting, dueAt: at })
    else
      await insertTurn(trx, { accountId, chatId, kind: 'opening', messageId: null, openedAt: at, dueAt: at })
    return undefined
  }
}

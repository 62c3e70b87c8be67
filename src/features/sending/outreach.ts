import type { AccountId, ChatId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'

/** Holds an instruction for a chat. */
export interface Opening {
  accountId: AccountId
  chatId: ChatId
  instruction: string
  /** True if the bot writes first; false if a message goes to the person with the instruction. */
  write: boolean
  at: Date
}

/** Gives chats to the bot, for sends with an instruction. */
export interface Outreach {
  /** @throws AppError conflict without a language model */
  refuseWithoutModel(): void
  /** Enables the bot in the chat and stores the instruction; returns why not if the chat is out of its reach. */
  open(trx: Trx, opening: Opening): Promise<string | undefined>
}

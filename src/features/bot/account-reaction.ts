import type { AccountReaction } from '../accounts/account-reactions.ts'
import { newAgent } from './bots.ts'
import { insertAgent } from './queries/agents.ts'
import { deleteOpenTurns } from './queries/turns.ts'

/** Gives a new account its first persona, and drops the answers in the making when the number is another one. */
export const botAccountReaction: AccountReaction = {
  begin: async (trx, { id, name }, at) => {
    await insertAgent(trx, newAgent(id, name, at))
  },
  end: async (trx, accountId, { reason }) => {
    if (reason === 'number_changed') await deleteOpenTurns(trx, accountId)
  },
}

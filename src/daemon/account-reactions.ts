import type { AccountReaction } from '../features/accounts/account-reactions.ts'
import { botAccountReaction } from '../features/bot/account-reaction.ts'
import { sendingAccountReaction } from '../features/sending/account-reaction.ts'

/** Reactions of features when an account begins or ends, in this order. */
export const accountReactions: readonly AccountReaction[] = [sendingAccountReaction, botAccountReaction]

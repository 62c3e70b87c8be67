import type { AccountReaction } from '../accounts/account-reactions.ts'
import { waitingMessages } from '../messages/records.ts'
import { changeStatus } from '../messages/statuses.ts'
import { cancelSchedules } from './queries/schedules.ts'

/** Cancels waiting messages when an account ends: nothing leaves in the name of another number. */
export const sendingAccountReaction: AccountReaction = {
  end: async (trx, accountId, why) => {
    const change = { status: 'cancelled', detail: null, ...why } as const
    for (const waId of await waitingMessages(trx, accountId)) await changeStatus(trx, accountId, waId, change)
    await cancelSchedules(trx, accountId)
  },
}

import type { LineControl } from '../core/ports.ts'
import type { Notifier } from '../util/notifier.ts'
import type { AccountFollower } from '../features/accounts/accounts.ts'
import type { SimulatedConnections } from '../features/accounts/simulated-connections.ts'
import type { ApiKeys } from '../features/access/api-keys.ts'
import type { Sender } from '../features/sending/sender.ts'

/** What follows when an account comes or goes: its keys, its line, and what is sent through it. */
export function makeFollower(parts: {
  lines: SimulatedConnections
  sender: Sender
  apiKeys: ApiKeys
  eventsAppended: Notifier
  control: LineControl | undefined
}): AccountFollower {
  const { lines, sender, apiKeys, eventsAppended, control } = parts
  return {
    joined: (account) => {
      if (account.test) lines.add(account.id)
      else control?.open(account)
      sender.joined(account)
      apiKeys.forget()
      // Whoever follows the log of each account begins with its first event.
      eventsAppended.notify()
    },
    left: async (accountId) => {
      apiKeys.forget()
      await sender.left(accountId)
      return control?.close(accountId)
    },
  }
}

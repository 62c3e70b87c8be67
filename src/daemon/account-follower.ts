import type { LineControl } from '../core/ports.ts'
import type { Store } from '../db/store.ts'
import type { AccountFollower } from '../features/accounts/accounts.ts'
import { SimulatedLine } from '../features/accounts/line-registry.ts'
import type { LineRegistry } from '../features/accounts/line-registry.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Inbox } from '../features/messages/inbox.ts'
import type { ApiKeys } from '../features/access/api-keys.ts'
import type { Sender } from '../features/sending/queue/sender.ts'

/** Creates the handler of accounts that come and go: their keys, lines and senders. */
export function makeFollower(parts: {
  lines: LineRegistry
  inbox: Inbox
  clock: Clock
  log: Logger
  sender: Sender
  apiKeys: ApiKeys
  store: Store
  control: LineControl | undefined
}): AccountFollower {
  const { lines, inbox, sender, apiKeys, store, control } = parts
  return {
    joined: (account) => {
      if (account.test) lines.add(account.id, new SimulatedLine(account.id, { ...parts, inbound: inbox }))
      else control?.open(account)
      sender.joined(account)
      apiKeys.forget()
      // Its followers must have begun to follow its log before the first event, and its creation is none.
      store.eventsAppended.notify()
    },
    left: async (accountId) => {
      apiKeys.forget()
      await sender.left(accountId)
      return control?.close(accountId)
    },
  }
}

import { recordAdLead } from '../features/bot/ad-leads.ts'
import type { InboxParts } from '../features/messages/inbox.ts'
import type { Languages } from '../features/messages/languages.ts'
import { answeringCalls, obeyingConsentWords, raisingWaiting } from '../features/sending/message-reactions.ts'
import type { Outbox } from '../features/sending/outbox.ts'
import { recordRestriction } from '../features/sending/restrictions.ts'
import type { OwnWords } from '../features/sending/rules/consent.ts'
import type { Notifier } from '../util/notifier.ts'

/** Lists the reactions of the features after `messages` to incoming messages, in their order. */
export function inboxReactions(parts: {
  outbox: Outbox
  outboxChanged: Notifier
  languages: Languages
  /** The business's own words to stop advertising and to want it back. */
  words: OwnWords
  /** The text that answers a call; none if null or undefined. */
  callReply?: string | null
}): Pick<InboxParts, 'reactions' | 'recordRestriction'> {
  const { outbox, outboxChanged, callReply = null } = parts
  const reactions = [
    raisingWaiting(outboxChanged),
    ...(callReply === null ? [] : [answeringCalls(callReply, outbox)]),
    recordAdLead,
    obeyingConsentWords(parts),
  ]
  return { reactions, recordRestriction }
}

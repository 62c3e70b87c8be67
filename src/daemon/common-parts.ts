import type { SecretBox } from '../util/secret-box.ts'
import { Notifier } from '../util/notifier.ts'
import type { Logger } from '../util/logger.ts'
import { Erasures } from '../features/contacts/erasures.ts'
import { PersonRows } from '../features/contacts/person-rows.ts'
import { InFlightSends } from '../features/sending/queue/in-flight-sends.ts'
import { UnkeptCounts } from '../features/messages/unkept-counts.ts'
import { accountReactions } from './account-reactions.ts'
import { personData } from './person-data.ts'

/** Creates what several services share. */
export function commonParts({ secrets, log }: { secrets: SecretBox; log: Logger }) {
  const personRows = new PersonRows(personData)
  return {
    outboxChanged: new Notifier(),
    mediaQueued: new Notifier(),
    mediaSettled: new Notifier(),
    turnsQueued: new Notifier(),
    inFlightSends: new InFlightSends(),
    personRows,
    accountReactions,
    erasures: new Erasures({ secrets, personRows }),
    unkept: new UnkeptCounts({ log }),
  }
}

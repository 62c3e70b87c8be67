import type { SecretBox } from '../util/secret-box.ts'
import { Notifier } from '../util/notifier.ts'
import type { Logger } from '../util/logger.ts'
import { Erasures } from '../features/contacts/erasures.ts'
import { InFlightSends } from '../features/sending/in-flight-sends.ts'
import { Unkept } from '../features/messages/unkept-counts.ts'

/** Makes what several services hold in common. */
export function commonParts({ secrets, log }: { secrets: SecretBox; log: Logger }) {
  return {
    outboxChanged: new Notifier(),
    mediaQueued: new Notifier(),
    mediaSettled: new Notifier(),
    turnsQueued: new Notifier(),
    inFlightSends: new InFlightSends(),
    erasures: new Erasures(secrets),
    unkept: new Unkept({ log }),
  }
}

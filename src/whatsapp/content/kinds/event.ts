import { isoOf, label, webAddress, words } from '../checked.ts'
import { factsOf } from '../reading.ts'
import { quoteWords } from './module.ts'
import type { KindModule } from './module.ts'

export const event: KindModule<'event'> = {
  read: {
    eventMessage: (part) => {
      const name = label(part.name)
      const details = factsOf({
        name,
        description: words(part.description).slice(0, 2000),
        startsAt: isoOf(part.startTime),
        endsAt: isoOf(part.endTime),
        place: label(part.location?.name) || label(part.location?.address),
        joinLink: webAddress(part.joinLink),
        cancelled: part.isCanceled === true ? 'yes' : undefined,
      })
      return { kind: 'event', text: name, details }
    },
  },
  write: null,
  quote: quoteWords,
  hasSecret: true,
}

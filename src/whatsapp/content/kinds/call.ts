import { proto } from '@whiskeysockets/baileys'
import { numberWithin } from '../checked.ts'
import { factsOf } from '../reading.ts'
import { quoteWords } from './module.ts'
import type { KindModule } from './module.ts'

const { CONNECTED, ONGOING, ACCEPTED_ELSEWHERE, REJECTED } = proto.Message.CallLogMessage.CallOutcome

export const call: KindModule<'call'> = {
  read: {
    /** Reads the phone's own record of a call. */
    callLogMesssage: (part) => {
      const isTaken = [CONNECTED, ONGOING, ACCEPTED_ELSEWHERE].some((each) => each === part.callOutcome)
      const details = factsOf({
        outcome: isTaken ? 'answered' : part.callOutcome === REJECTED ? 'rejected' : 'missed',
        video: part.isVideo === true ? 'yes' : 'no',
        seconds: numberWithin(part.durationSecs, 1, 1_000_000),
      })
      return { kind: 'call', text: '', details }
    },
  },
  write: null,
  quote: quoteWords,
  hasSecret: false,
}

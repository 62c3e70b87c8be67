import { z } from 'zod'
import { quietHoursPattern } from '../core/time/local-time.ts'
import { key } from './key.ts'

/** Returns the schema of a range from the shortest to the longest pause. */
const range = (maxMs: number) =>
  z
    .tuple([z.number().min(0).max(maxMs), z.number().min(0).max(maxMs)])
    .refine(([from, to]) => from <= to)
    .optional()
const amount = z.int().min(1).max(1000).optional()
const localHour = z.int().min(0).max(24)

const pacingTable = z.strictObject({
  gapSeconds: range(3600),
  chatGapSeconds: z.number().min(0).max(3600).optional(),
  repliesPerMinute: amount,
  knownPerMinute: amount,
  coldGapSeconds: range(86_400),
  coldPerDay: amount,
  coldPerDayAtFirst: amount,
  coldRestAfter: amount,
  coldRestMinutes: range(1440),
  coldHours: z
    .tuple([localHour, localHour])
    .refine(([from, to]) => from < to)
    .optional(),
})

/** The section `send`: pace, and the words and rules of advertising. */
export const send = z.strictObject({
  pacing: key(
    z
      .union([
        z.enum(['careful', 'off']),
        pacingTable.refine((table) => Object.values(table).some((value) => value !== undefined)),
      ])
      .default('careful'),
    'careful sends at the pace of a person, which protects the number; off is for tests; a table sets your own pace.',
    'careful, off, or a table with gapSeconds, chatGapSeconds, repliesPerMinute, knownPerMinute, coldGapSeconds, coldPerDay, coldPerDayAtFirst, coldRestAfter, coldRestMinutes or coldHours',
  ),
  quietHours: key(
    z.string().regex(quietHoursPattern).nullable().default('21:00-09:00'),
    'The hours of each day in which no advertising goes out, in schedule.timeZone; null: none.',
    'two times such as 21:00-09:00, or null',
  ),
  stopWords: key(
    z.array(z.string().min(1).max(60)).default([]),
    'Further words that opt a customer out of advertising; the usual ones of three languages are built in.',
    'a list of words',
  ),
  startWords: key(
    z.array(z.string().min(1).max(60)).default([]),
    'Further words that opt a customer back in.',
    'a list of words',
  ),
  timeToLiveHours: key(
    z.number().positive().max(720).default(24),
    'How many hours a message may wait for a connection before it expires.',
    'a number of hours above 0 and up to 720',
  ),
})

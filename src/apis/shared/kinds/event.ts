import { z } from 'zod'
import { eventAnswers } from '../../../core/content.ts'
import { pickGiven } from './fields.ts'
import type { KindModule } from './module.ts'

const Answer = z.object({
  answer: z.enum(eventAnswers),
  guests: z.int().meta({ description: 'How many guests they bring' }),
  fromMe: z.boolean(),
  participant: z.string().nullable().meta({ description: 'Who answered, in groups; a jid' }),
  timestamp: z.string(),
})

export const eventFields = {
  event: z
    .object({
      going: z.int().meta({ description: 'How many people come, including guests' }),
      answers: z.array(Answer),
    })
    .optional()
    .meta({ description: 'The answers to an event; facts has its details' }),
} as const

export const event = {
  description: 'an invitation to an event',
  present: ({ details, answers }, write) => {
    if (details === null) return {}
    const going = answers.filter(({ answer }) => answer === 'going')
    return {
      ...pickGiven(details, ['facts']),
      event: {
        going: going.reduce((people, { guests }) => people + 1 + guests, 0),
        answers: answers.map(({ answer, guests, fromMe, participant, at }) => ({
          answer,
          guests,
          fromMe,
          participant,
          timestamp: write(at),
        })),
      },
    }
  },
} satisfies KindModule<'event'>

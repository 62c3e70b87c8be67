import { z } from 'zod'
import { line } from './fields.ts'
import type { KindModule, WordlessModule } from './module.ts'

const Vote = z.object({
  options: z.array(z.string()),
  fromMe: z.boolean(),
  participant: z.string().nullable().meta({ description: 'Who chose, in groups; a jid' }),
  timestamp: z.string(),
})

export const pollFields = {
  poll: z
    .object({
      question: z.string(),
      options: z.array(z.object({ name: z.string(), votes: z.int() })),
      selectable: z.int().meta({ description: 'How many options may be chosen; 0: any number' }),
      votes: z.array(Vote),
    })
    .optional(),
} as const

export const poll = {
  description: 'a poll',
  present: ({ details, votes }, write) => {
    if (!details?.poll) return {}
    const { question, options, selectable } = details.poll
    return {
      poll: {
        question,
        options: options.map((name) => ({
          name,
          votes: votes.filter((vote) => vote.options.includes(name)).length,
        })),
        selectable,
        votes: votes.map((vote) => ({
          options: [...vote.options],
          fromMe: vote.fromMe,
          participant: vote.participant,
          timestamp: write(vote.at),
        })),
      },
    }
  },
} satisfies KindModule<'poll'>

/** A poll to send. */
const PollInput = z
  .strictObject({
    question: line(255, 'The question'),
    options: z
      .array(line(100, 'An answer'))
      .min(2, 'expected 2 to 12 options')
      .max(12, 'expected 2 to 12 options')
      .refine((options) => new Set(options).size === options.length, 'expected options without duplicates'),
    selectable: z.int().min(0).max(12).default(1).meta({
      description: 'How many options may be chosen; 0: any number',
    }),
  })
  .refine(({ options, selectable }) => selectable <= options.length, {
    path: ['selectable'],
    error: 'expected at most the number of options',
  })
  .meta({ description: 'A poll' })

export const newPoll = {
  input: PollInput,
  read: (asked: z.output<typeof PollInput>) => ({ kind: 'poll', poll: asked }),
} satisfies WordlessModule<'poll'>

import { z } from 'zod'
import type { NewBody } from '../../../features/messages/outgoing.ts'
import { line, pickGiven } from './fields.ts'
import type { KindModule } from './module.ts'

export const textFields = {
  linkPreview: z.object({ url: z.string(), title: z.string(), description: z.string() }).optional(),
  choice: z
    .object({ id: z.string(), title: z.string(), description: z.string() })
    .optional()
    .meta({ description: 'The list row or button that was tapped' }),
} as const

export const text = {
  description: 'words',
  present: ({ details }) => pickGiven(details, ['linkPreview', 'choice', 'offer', 'facts']),
} satisfies KindModule<'text'>

const choice = z.strictObject({
  title: line(100, 'A choice of the customer'),
  description: line(200, 'What it means').optional(),
})

/** Fields that a send may have besides a text, and only with one. */
export const besideTextFields = {
  linkPreview: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).max(2000),
      title: line(200, 'Title of the page'),
      description: line(500, 'The description of the page').optional(),
    })
    .optional()
    .meta({ description: 'Extension. A preview shown with the text; nothing is fetched' }),
  buttons: z.array(line(100, 'An answer to choose')).min(1).max(10).optional().meta({
    description: 'Extension. Listed under the text with numbers; the customer answers by text',
  }),
  list: z
    .array(choice)
    .min(1)
    .max(20)
    .optional()
    .meta({ description: 'Extension. Like buttons, each with a description' }),
} as const

const BesideText = z.object(besideTextFields)

/** Reads the fields beside a text; undefined if none is set. */
export function readBesideText({
  linkPreview,
  buttons,
  list,
}: z.output<typeof BesideText>): Extract<NewBody, { kind: 'text' }> | undefined {
  const choices = list ?? buttons?.map((title) => ({ title }))
  if (!linkPreview && !choices) return undefined
  return {
    kind: 'text',
    linkPreview: linkPreview && { ...linkPreview, description: linkPreview.description ?? '' },
    choices,
  }
}

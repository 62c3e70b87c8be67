import { z } from 'zod'
import type { NewBody } from '../../../features/messages/outgoing.ts'
import { line, pickGiven } from './fields.ts'
import type { KindModule } from './module.ts'

export const textFields = {
  linkPreview: z.object({ url: z.string(), title: z.string(), description: z.string() }).optional(),
  choice: z
    .object({ id: z.string(), title: z.string(), description: z.string() })
    .optional()
    .meta({ description: 'What was tapped in a list or on a button' }),
} as const

export const text = {
  description: 'words',
  present: ({ details }) => pickGiven(details, ['linkPreview', 'choice', 'offer', 'facts']),
} satisfies KindModule<'text'>

const choice = z.strictObject({
  title: line(100, 'What the customer may choose'),
  description: line(200, 'What it means').optional(),
})

/** What a send may say besides a text, and only with one. */
export const besideTextFields = {
  linkPreview: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).max(2000),
      title: line(200, 'Title of the page'),
      description: line(500, 'A sentence of the page').optional(),
    })
    .optional()
    .meta({ description: 'Extension. Shown with the text; nothing is fetched' }),
  buttons: z.array(line(100, 'What the customer may answer')).min(1).max(10).optional().meta({
    description: 'Extension. Written under the text with a number each; the customer answers in words',
  }),
  list: z
    .array(choice)
    .min(1)
    .max(20)
    .optional()
    .meta({ description: 'Extension. As buttons, with a description each' }),
} as const

const BesideText = z.object(besideTextFields)

/** Reads what goes with a text; undefined where that is nothing. */
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

import { z } from 'zod'
import { iso } from '../../shared/times.ts'

export const KnowledgeBody = z.strictObject({
  title: z.string().trim().min(1).max(200),
  body: z.string().min(1).max(200_000).meta({ description: 'Markdown or plain text' }),
})

export const KnowledgeList = z
  .object({
    documents: z.array(
      z.object({
        id: z.int(),
        title: z.string(),
        length: z.int(),
        fromFolder: z.boolean().meta({ description: 'Whether it comes from the folder `bot.knowledgeDir`' }),
        updatedAt: z.string(),
      }),
    ),
  })
  .meta({ id: 'BotKnowledge' })

/** Shows the documents without their texts. */
export function presentDocuments(
  documents: readonly { id: number; title: string; length: number; fromFolder: boolean; updatedAt: Date }[],
): z.input<typeof KnowledgeList> {
  return { documents: documents.map((document) => ({ ...document, updatedAt: iso(document.updatedAt) })) }
}

import { z } from 'zod'
import { iso } from '../times.ts'
import { noteUnless, omittedField } from '../without-content.ts'

export const Leads = z
  .object({
    leads: z.array(
      z.object({
        id: z.int(),
        jid: z.string(),
        productId: z.int().nullable(),
        interest: z.string(),
        createdAt: z.string(),
      }),
    ),
    note: omittedField,
  })
  .meta({ id: 'BotLeads' })

/** Holds the shown part of a lead. */
export interface LeadShown {
  id: number
  chatJid: string
  productId: number | null
  interest: string
  createdAt: Date
}

/** Shows leads; without the interest if `content` is false. */
export function presentLeads(leads: readonly LeadShown[], content: boolean): z.input<typeof Leads> {
  return {
    ...noteUnless(content),
    leads: leads.map(({ chatJid: jid, createdAt, ...lead }) => ({
      ...lead,
      ...(content ? {} : { interest: '' }),
      jid,
      createdAt: iso(createdAt),
    })),
  }
}

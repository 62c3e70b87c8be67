import { presentUsername, usernameField } from '../username.ts'
import { z } from 'zod'
import { iso } from '../times.ts'
import { noteUnless, omittedField } from '../without-content.ts'

export const Leads = z
  .object({
    leads: z.array(
      z.object({
        id: z.int(),
        jid: z.string(),
        username: usernameField,
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
  username: string | null
  productId: number | null
  interest: string
  createdAt: Date
}

/** Shows leads; without the interest if `content` is false. */
export function presentLeads(leads: readonly LeadShown[], content: boolean): z.input<typeof Leads> {
  return {
    ...noteUnless(content),
    leads: leads.map(({ chatJid: jid, createdAt, username, ...lead }) => ({
      ...lead,
      ...(content ? {} : { interest: '' }),
      jid,
      ...presentUsername(username),
      createdAt: iso(createdAt),
    })),
  }
}

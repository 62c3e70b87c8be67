import { usernameField } from '../username.ts'
import { z } from 'zod'

/** A person on WhatsApp, as every event about a message names them. */
const EventPerson = z
  .object({
    jid: z.string().meta({ description: 'The phone jid if known, else …@lid' }),
    phone: z.string().nullable().meta({ description: 'With +; null while only a LID is known' }),
    username: usernameField,
    name: z.string(),
  })
  .meta({ id: 'EventPerson' })

/** Fields of every event about a message, in any format; omitted if the message is gone. */
export const whereFields = {
  jid: z.string().optional().meta({ description: 'The chat, …@s.whatsapp.net, …@lid or …@g.us' }),
  sender: EventPerson.optional().meta({ description: 'The author of an incoming message' }),
}

/** The author of a change to a message. */
export const byFields = {
  jid: whereFields.jid,
  by: EventPerson.nullable().optional().meta({ description: 'Who did it; null for the account itself' }),
}

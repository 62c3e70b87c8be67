import type { Mentioned } from '../../features/chats/group.ts'
import { presentUsername, usernameField } from './username.ts'
import { z } from 'zod'
import { isOfKind } from '../../core/message-body.ts'
import type { MessageBody } from '../../core/message-body.ts'
import { actionKinds } from '../../core/message-kind.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import { previewOf } from '../../features/messages/message.ts'
import { contactFields } from './kinds/contact.ts'
import { eventFields } from './kinds/event.ts'
import { facts, offer, pickGiven } from './kinds/fields.ts'
import { fileFields } from './kinds/files.ts'
import { kindNames, kinds } from './kinds/kinds.ts'
import { locationFields } from './kinds/location.ts'
import type { ShownOf, Write } from './kinds/module.ts'
import { pollFields } from './kinds/poll.ts'
import { textFields } from './kinds/text.ts'
import { iso } from './times.ts'

/** The content of a message besides its words; only the keys that apply. */
const MessageExtras = z
  .object({
    quote: z
      .object({
        messageId: z.int().nullable().meta({ description: 'null if the message is not stored' }),
        fromMe: z.boolean(),
        kind: z.enum(kindNames),
        text: z.string().meta({ description: 'As quoted in the answer' }),
      })
      .optional()
      .meta({ description: 'The message that this one quotes' }),
    mentions: z.array(z.string()).optional().meta({ description: 'The jids mentioned in the text' }),
    mentioned: z
      .array(
        z.object({
          jid: z.string(),
          name: z.string(),
          username: usernameField,
          me: z.boolean().meta({ description: 'Whether it is the account itself' }),
        }),
      )
      .optional()
      .meta({ description: 'Who is mentioned; the text shows their names instead of numbers' }),
    forwarded: z.int().optional().meta({ description: 'How often it was forwarded' }),
    viewOnce: z.boolean().optional().meta({ description: 'View once; its content is not stored' }),
    disappearsAfter: z.int().optional().meta({ description: 'Seconds' }),
    ad: z
      .object({
        title: z.string(),
        body: z.string(),
        sourceUrl: z.string(),
        sourceId: z.string(),
        clickId: z.string(),
      })
      .optional()
      .meta({ description: 'The advertisement that the customer tapped' }),
    linkPreview: textFields.linkPreview,
    ...fileFields,
    ...locationFields,
    ...contactFields,
    ...pollFields,
    ...eventFields,
    choice: textFields.choice,
    offer,
    partOf: z
      .object({
        relation: z.enum(['better', 'motion', 'album', 'other']).meta({
          description:
            'better: the same picture or video in a higher quality; motion: the seconds around a picture',
        }),
        id: z
          .string()
          .meta({ description: 'WhatsApp’s id of the message or album, equal for all of one album' }),
        messageId: z
          .int()
          .nullable()
          .meta({ description: 'null if it is not stored; albums are not stored' }),
      })
      .optional()
      .meta({ description: 'What this file belongs to' }),
    facts,
  })
  .meta({ id: 'MessageExtras' })

/** Extension fields of a message beyond its document, present only where they apply. */
export const contentFields = {
  kind: z
    .enum(kindNames)
    .optional()
    .meta({
      description: `Extension; left out for plain text. ${kindNames.map((kind) => `${kind}: ${kinds[kind].description}`).join('; ')}`,
    }),
  details: MessageExtras.optional().meta({ description: 'Extension: content besides the text' }),
  reactions: z
    .array(
      z.object({
        emoji: z.string(),
        fromMe: z.boolean(),
        participant: z.string().nullable().meta({ description: 'Who reacted, in groups; a jid' }),
        timestamp: z.string(),
      }),
    )
    .optional()
    .meta({ description: 'Extension: one per person who reacted' }),
  editedAt: z.string().optional().meta({ description: 'Extension: when it was last edited' }),
  deletedAt: z.string().optional().meta({ description: 'Extension: when it was deleted for everyone' }),
} as const

const MessageContent = z.object(contentFields)

/** Holds the parts of a message of any kind that show its content. */
export type Shown = ShownOf<MessageKind>

/** Shows kind, details, reactions and changes of a message; omits empty keys. */
export function presentContent(message: Shown, write: Write = iso): z.input<typeof MessageContent> {
  const { kind, reactions, editedAt, deletedAt } = message
  const details = presentDetails(message, write)
  return {
    // So that a plain text has exactly the keys of its document.
    ...(kind === 'text' ? {} : { kind }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(reactions.length === 0
      ? {}
      : {
          reactions: reactions.map(({ emoji, fromMe, participant, at }) => ({
            emoji,
            fromMe,
            participant,
            timestamp: write(at),
          })),
        }),
    ...(editedAt ? { editedAt: write(editedAt) } : {}),
    ...(deletedAt ? { deletedAt: write(deletedAt) } : {}),
  }
}

type Extras = z.input<typeof MessageExtras>

function presentMentioned({ jid, name, username, me }: Mentioned) {
  return { jid, name, ...presentUsername(username), me }
}

function presentDetails(message: Shown, write: Write): Extras {
  const { details, mentioned } = message
  if (details === null) return {}
  const { quote, partOf } = details
  // The module that belongs to the kind of the message takes messages of that kind.
  const { present } = kinds[message.kind] as { present(of: Shown, write: Write): Partial<Extras> }
  return {
    ...(quote
      ? {
          quote: {
            messageId: quote.messageId ?? null,
            fromMe: quote.fromMe,
            kind: quote.kind,
            text: quote.text,
          },
        }
      : {}),
    ...pickGiven(details, ['mentions', 'forwarded', 'viewOnce', 'disappearsAfter', 'ad']),
    ...(mentioned ? { mentioned: mentioned.map(presentMentioned) } : {}),
    ...(partOf
      ? {
          partOf: {
            relation: partOf.relation,
            id: partOf.waId,
            messageId: partOf.messageId ?? null,
          },
        }
      : {}),
    ...present(message, write),
  }
}

/** Returns the words shown for a message: its text, a label, or the text of our change. */
export function shownText(message: MessageBody & Pick<Shown, 'text' | 'deletedAt'>): string {
  return isOfKind(message, actionKinds) ? (message.details?.action?.text ?? '') : previewOf(message)
}

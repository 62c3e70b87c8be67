import { z } from 'zod'
import { eventAnswers } from '../../core/content.ts'
import type { MessageDetails, Poll } from '../../core/content.ts'
import { isAction } from '../../core/message-kind.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import { previewOf } from '../../features/messages/message.ts'
import type { GivenAnswer, Message, PollVote } from '../../features/messages/message.ts'
import { iso } from './times.ts'

const sentences: Record<MessageKind, string> = {
  text: 'words',
  image: 'a picture',
  video: 'a video',
  audio: 'music or a voice note',
  document: 'a file',
  sticker: 'a sticker',
  location: 'a place',
  contact: 'one or several contact cards',
  poll: 'a poll',
  event: 'an invitation to an event',
  order: 'an order from the catalogue',
  product: 'a product of the catalogue',
  call: 'a call; facts say what it came to (missed, answered, rejected) and whether it was a video call',
  reaction: 'a reaction of this account on its way',
  edit: 'an edit of this account on its way',
  delete: 'a deletion of this account on its way',
  unsupported: 'something that this version cannot read',
  undecryptable: 'something that could not be decrypted',
}

const kinds = Object.keys(sentences) as [MessageKind, ...MessageKind[]]

const Vote = z.object({
  options: z.array(z.string()),
  fromMe: z.boolean(),
  participant: z.string().nullable().meta({ description: 'Who chose, in groups; a jid' }),
  timestamp: z.string(),
})

const Answer = z.object({
  answer: z.enum(eventAnswers),
  guests: z.int().meta({ description: 'How many others they bring' }),
  fromMe: z.boolean(),
  participant: z.string().nullable().meta({ description: 'Who answered, in groups; a jid' }),
  timestamp: z.string(),
})

const Options = z.array(
  z.object({
    kind: z.enum(['reply', 'row', 'link', 'call', 'code', 'other']).meta({
      description: 'code: to be copied; row: of a list; other: what this version does not know',
    }),
    title: z.string(),
    description: z.string(),
    value: z.string().meta({ description: 'The address, number or code; else an id of the business' }),
  }),
)

const Media = z.object({
  mimeType: z.string(),
  fileName: z.string(),
  sizeBytes: z.number(),
  seconds: z.number().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  voice: z.boolean(),
  animated: z.boolean(),
  waveform: z.string().optional().meta({
    description: 'How loud a voice note is, in equal steps of one byte from 0 to 100; base64',
  }),
})

/** What a message carries besides its words; only the keys that apply. */
const MessageExtras = z
  .object({
    quote: z
      .object({
        messageId: z.int().nullable().meta({ description: 'null where the message is not stored' }),
        fromMe: z.boolean(),
        kind: z.enum(kinds),
        text: z.string().meta({ description: 'As the one who answered quotes it' }),
      })
      .optional()
      .meta({ description: 'The message that this one answers' }),
    mentions: z.array(z.string()).optional().meta({ description: 'Jids, as the text was written with them' }),
    mentioned: z
      .array(
        z.object({
          jid: z.string(),
          name: z.string(),
          me: z.boolean().meta({ description: 'It is the account itself' }),
        }),
      )
      .optional()
      .meta({ description: 'Who that is; their names stand in the text in place of numbers' }),
    forwarded: z.int().optional().meta({ description: 'How often it was passed on' }),
    viewOnce: z.boolean().optional().meta({ description: 'To be seen once; its content is not kept' }),
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
      .meta({ description: 'The advertisement through which the customer came' }),
    linkPreview: z.object({ url: z.string(), title: z.string(), description: z.string() }).optional(),
    media: Media.optional(),
    location: z
      .object({
        latitude: z.number(),
        longitude: z.number(),
        name: z.string(),
        address: z.string(),
        live: z.boolean(),
      })
      .optional(),
    contacts: z
      .array(z.object({ name: z.string(), phones: z.array(z.string()), vcard: z.string() }))
      .optional(),
    poll: z
      .object({
        question: z.string(),
        options: z.array(z.object({ name: z.string(), votes: z.int() })),
        selectable: z.int().meta({ description: 'How many may be chosen; 0: any number' }),
        votes: z.array(Vote),
      })
      .optional(),
    event: z
      .object({
        going: z.int().meta({ description: 'How many people come, the guests among them' }),
        answers: z.array(Answer),
      })
      .optional()
      .meta({ description: 'Who comes to an event; what it is stands under facts' }),
    choice: z
      .object({ id: z.string(), title: z.string(), description: z.string() })
      .optional()
      .meta({ description: 'What was tapped in a list or on a button' }),
    offer: z
      .object({
        title: z.string(),
        footer: z.string(),
        options: Options,
        cards: z.array(z.object({ title: z.string(), text: z.string(), options: Options })).optional(),
      })
      .optional()
      .meta({
        description: 'What a business sends to be tapped on; links, codes and rows stand in the text, too',
      }),
    partOf: z
      .object({
        relation: z.enum(['better', 'motion', 'album', 'other']).meta({
          description:
            'better: the same picture or video in a higher quality; motion: the seconds around a picture',
        }),
        id: z
          .string()
          .meta({ description: 'WhatsApp’s id of the message or album: the same for all of one album' }),
        messageId: z.int().nullable().meta({ description: 'null where it is not stored; albums are not' }),
      })
      .optional()
      .meta({ description: 'What this file belongs to' }),
    facts: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .meta({
        description:
          'Of events, orders, products, invitations and calls; the fields of a form that somebody filled in',
      }),
  })
  .meta({ id: 'MessageExtras' })

/** Extension fields of a message beyond its document, present only if they say something. */
export const contentFields = {
  kind: z
    .enum(kinds)
    .optional()
    .meta({
      description: `Extension; left out where there are only words. ${kinds.map((kind) => `${kind}: ${sentences[kind]}`).join('; ')}`,
    }),
  details: MessageExtras.optional().meta({ description: 'Extension: what it carries besides its words' }),
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
    .meta({ description: 'Extension: one for each person who reacted' }),
  editedAt: z.string().optional().meta({ description: 'Extension: when its words were last changed' }),
  deletedAt: z.string().optional().meta({ description: 'Extension: when it was deleted for everyone' }),
} as const

const MessageContent = z.object(contentFields)

/** The parts of a message that show its content. */
export type Shown = Pick<
  Message,
  'kind' | 'text' | 'details' | 'mentioned' | 'reactions' | 'votes' | 'answers' | 'editedAt' | 'deletedAt'
>

/** Formats a time as the API does. */
type Write = (at: Date) => string

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

/** Keys that are shown as stored. */
const plain = [
  'mentions',
  'forwarded',
  'viewOnce',
  'disappearsAfter',
  'ad',
  'linkPreview',
  'media',
  'contacts',
  'choice',
  'offer',
  'facts',
] as const satisfies (keyof MessageDetails & keyof Extras)[]

function presentDetails({ kind, details, mentioned, votes, answers }: Shown, write: Write): Extras {
  if (details === null) return {}
  const { quote, place, poll, partOf } = details
  const shown = plain.filter((key) => details[key] !== undefined).map((key) => [key, details[key]])
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
    ...(Object.fromEntries(shown) as Extras),
    ...(mentioned ? { mentioned: [...mentioned] } : {}),
    ...(place ? { location: place } : {}),
    ...(partOf
      ? {
          partOf: {
            relation: partOf.relation,
            id: partOf.waId,
            messageId: partOf.messageId ?? null,
          },
        }
      : {}),
    ...(poll ? { poll: presentPoll(poll, votes, write) } : {}),
    ...(kind === 'event' ? { event: presentAnswers(answers, write) } : {}),
  }
}

function presentPoll(poll: Poll, votes: readonly PollVote[], write: Write): NonNullable<Extras['poll']> {
  return {
    question: poll.question,
    options: poll.options.map((name) => ({
      name,
      votes: votes.filter(({ options }) => options.includes(name)).length,
    })),
    selectable: poll.selectable,
    votes: votes.map(({ options, fromMe, participant, at }) => ({
      options: [...options],
      fromMe,
      participant,
      timestamp: write(at),
    })),
  }
}

function presentAnswers(answers: readonly GivenAnswer[], write: Write): NonNullable<Extras['event']> {
  const going = answers.filter(({ answer }) => answer === 'going')
  return {
    going: going.reduce((people, { guests }) => people + 1 + guests, 0),
    answers: answers.map(({ answer, guests, fromMe, participant, at }) => ({
      answer,
      guests,
      fromMe,
      participant,
      timestamp: write(at),
    })),
  }
}

/** Returns the words that stand for a message: its text, a label, or what our change says. */
export function shownText(message: Pick<Shown, 'kind' | 'text' | 'details' | 'deletedAt'>): string {
  return isAction(message.kind) ? (message.details?.action?.text ?? '') : previewOf(message)
}

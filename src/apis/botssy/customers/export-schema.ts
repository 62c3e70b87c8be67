import { presentUsername, usernameField } from '../../shared/username.ts'
import { z } from 'zod'
import type { CustomerExport } from '../../../features/insight/customer-export.ts'
import { Appointments, presentAppointment } from '../../shared/bot/appointments.ts'
import { Leads, presentLeads } from '../../shared/bot/leads.ts'
import { Tickets, presentTickets } from '../../shared/bot/tickets.ts'
import { Turns, presentTurns } from '../../shared/bot/turns.ts'
import { FormerVersion, presentFormer } from '../../shared/messages.ts'
import { ScheduleBody, presentSchedule } from '../../shared/schedules.ts'
import { iso, isoSeconds } from '../../shared/times.ts'
import { noteUnless, omittedField } from '../../shared/without-content.ts'
import { BotssyConversation, presentConversation } from '../../shared/events/conversation.ts'
import { BotssyCustomer, presentCustomer } from '../../shared/events/customer.ts'
import { BotssyMessage, presentListed } from '../../shared/events/message.ts'

const ExportedMessage = BotssyMessage.extend({
  transcript: z.string().optional().meta({ description: 'The transcript of a voice note, if there is one' }),
  formerTexts: z.array(FormerVersion).optional().meta({ description: 'Earlier texts, oldest first' }),
}).meta({ id: 'BotssyExportedMessage' })

const ExportedAnnotation = z.object({
  messageId: z.int(),
  kind: z.enum(['reaction', 'vote', 'answer']),
  value: z.string().meta({ description: 'The emoji; JSON for a vote and an answer to an event' }),
  timestamp: z.string(),
})

const ExportedChat = z.object({
  jid: z.string(),
  createdAt: z.string(),
  botEnabled: z.boolean(),
  untouchable: z.boolean(),
  instruction: z.string().nullable().meta({ description: 'The instruction to the bot for this chat' }),
  summary: z.string().nullable().meta({ description: 'The bot’s summary of older messages' }),
  optedOutAt: z.string().nullable().meta({ description: 'When the customer opted out' }),
  humanUntil: z.string().nullable().meta({ description: 'When the takeover of the chat ends' }),
})

/** All data stored about a person. The lists are written page by page. */
export const BotssyExport = z
  .object({
    customer: BotssyCustomer,
    exportedAt: z.string(),
    pushName: z.string().nullable().meta({ description: 'The customer’s own name on WhatsApp' }),
    addresses: z.array(z.string()).meta({ description: 'Every known jid of the customer' }),
    consent: z.object({
      acceptsMarketing: z.boolean(),
      saidAt: z.string().nullable().meta({ description: 'When that was recorded; null if unknown' }),
    }),
    chats: z.array(ExportedChat),
    groups: z.array(z.object({ jid: z.string(), subject: z.string(), role: z.string() })),
    namesInGroups: z.array(
      z.object({ jid: z.string(), pushName: z.string().nullable(), username: usernameField }),
    ),
    contactNames: z
      .array(z.object({ jid: z.string(), name: z.string().nullable(), pushName: z.string().nullable() }))
      .meta({ description: 'The customer’s names in the phone’s address book' }),
    note: omittedField,
    conversations: z.array(BotssyConversation),
    messages: z.array(ExportedMessage).meta({
      description: 'Oldest first, chat by chat, with annotations and the facts of files',
    }),
    groupMessages: z
      .array(ExportedMessage)
      .meta({ description: 'Messages that the customer wrote in groups' }),
    groupMarks: z
      .array(ExportedAnnotation)
      .meta({ description: 'The customer’s annotations of others’ messages in groups' }),
    appointments: Appointments.shape.appointments.meta({ description: 'Including past and cancelled ones' }),
    tickets: Tickets.shape.tickets,
    leads: Leads.shape.leads,
    turns: Turns.shape.turns.meta({ description: 'The bot’s turns in the chats, newest first' }),
    schedules: z
      .array(ScheduleBody)
      .meta({ description: 'Scheduled messages, without their other recipients' }),
  })
  .meta({ id: 'BotssyExport' })

type Pages<T> = AsyncIterable<readonly T[]>

/** Holds the rows of one of the lists. */
type Row<List> = List extends AsyncIterable<readonly (infer One)[]> ? One : never

type Export = z.input<typeof BotssyExport>
type ListName =
  | 'conversations'
  | 'messages'
  | 'groupMessages'
  | 'groupMarks'
  | 'appointments'
  | 'tickets'
  | 'leads'
  | 'turns'
  | 'schedules'

/**
 * Returns the export: its fields, and its lists as they are read. Without `content` it holds nothing that people
 * wrote.
 */
export function presentExport(
  held: CustomerExport,
  content: boolean,
): { fields: Omit<Export, ListName>; lists: { [N in ListName]: Pages<Export[N][number]> } } {
  const { customer } = held
  return {
    fields: {
      customer: presentCustomer(customer),
      exportedAt: isoSeconds(held.exportedAt),
      pushName: customer.pushName,
      addresses: [...held.addresses],
      consent: { acceptsMarketing: customer.acceptsMarketing, saidAt: iso(held.marketingSaidAt) },
      chats: held.chats.map((chat) => presentChat(chat, content)),
      groups: held.groups.map(({ jid, subject, role }) => ({ jid, subject, role })),
      namesInGroups: held.namesInGroups.map(({ jid, pushName, username }) => ({
        jid,
        pushName,
        ...presentUsername(username),
      })),
      contactNames: held.contactNames.map(({ jid, name, pushName }) => ({ jid, name, pushName })),
      ...noteUnless(content),
    },
    lists: {
      conversations: each(held.conversations, presentConversation),
      messages: content ? each(held.messages, presentMessage) : nothing(),
      groupMessages: content ? each(held.groupMessages, presentMessage) : nothing(),
      groupMarks: content ? each(held.groupMarks, presentAnnotation) : nothing(),
      appointments: each(held.appointments, (appointment) => presentAppointment(appointment, content)),
      tickets: pages(held.tickets, (page) => presentTickets(page, content).tickets),
      leads: pages(held.leads, (page) => presentLeads(page, content).leads),
      turns: content ? pages(held.turns, (page) => presentTurns(page).turns) : nothing(),
      schedules: content ? each(held.schedules, presentSchedule) : nothing(),
    },
  }
}

async function* pages<T, S>(
  from: Pages<T>,
  present: (page: readonly T[]) => readonly S[],
): AsyncGenerator<readonly S[]> {
  for await (const page of from) yield present(page)
}

function each<T, S>(from: Pages<T>, present: (entry: T) => S): Pages<S> {
  return pages(from, (page) => page.map(present))
}

async function* nothing(): AsyncGenerator<never[]> {
  // Hidden content is not read either.
}

function presentChat(chat: CustomerExport['chats'][number], content: boolean): z.input<typeof ExportedChat> {
  return {
    jid: chat.jid,
    createdAt: iso(chat.createdAt),
    botEnabled: chat.botEnabled,
    untouchable: chat.untouchable,
    instruction: content ? chat.instruction : null,
    summary: content ? chat.summary : null,
    optedOutAt: iso(chat.optedOutAt),
    humanUntil: iso(chat.humanUntil),
  }
}

function presentMessage({
  message,
  transcript,
  former,
}: Row<CustomerExport['messages']>): z.input<typeof ExportedMessage> {
  return {
    ...presentListed(message),
    ...(transcript === null ? {} : { transcript }),
    ...(former.length === 0 ? {} : { formerTexts: former.map(presentFormer) }),
  }
}

function presentAnnotation(
  annotation: Row<CustomerExport['groupMarks']>,
): z.input<typeof ExportedAnnotation> {
  const { messageId, kind, value, at } = annotation
  return { messageId, kind, value, timestamp: iso(at) }
}

import { z } from 'zod'
import { neededTimeParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'
import { noteUnless, omittedField } from '../../shared/without-content.ts'
import { CsvFault, readCatalogueCsv } from './catalogue-csv.ts'

/** The shown part of an appointment. */
export interface AppointmentShown {
  id: number
  chatJid: string
  service: string
  start: Date
  end: Date
  note: string | null
  status: 'booked' | 'cancelled'
}

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
        fromFolder: z.boolean().meta({ description: 'It comes from the folder of `bot.knowledgeDir`' }),
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

export const Appointment = z
  .object({
    id: z.int(),
    jid: z.string(),
    service: z.string(),
    start: z.string(),
    end: z.string(),
    note: z.string().nullable(),
    status: z.enum(['booked', 'cancelled']),
  })
  .meta({ id: 'BotAppointment' })

export const Appointments = z
  .object({ appointments: z.array(Appointment), note: omittedField })
  .meta({ id: 'BotAppointments' })

export const AppointmentsQuery = z.strictObject({
  from: neededTimeParam('Those that begin then or later'),
  to: neededTimeParam('Those that begin before then'),
})

/** Shows an appointment; without its note if `content` is false. */
export function presentAppointment(
  appointment: AppointmentShown,
  content: boolean,
): z.input<typeof Appointment> {
  const { id, chatJid: jid, service, start, end, status } = appointment
  const note = content ? appointment.note : null
  return { id, jid, service, start: iso(start), end: iso(end), note, status }
}

export const Tickets = z
  .object({
    tickets: z.array(
      z.object({
        id: z.int(),
        jid: z.string(),
        subject: z.string(),
        description: z.string(),
        status: z.enum(['open', 'closed']),
        createdAt: z.string(),
      }),
    ),
    note: omittedField,
  })
  .meta({ id: 'BotTickets' })

export const TicketPatch = z.strictObject({ status: z.enum(['open', 'closed']) })

/** The shown part of a ticket. */
export interface TicketShown {
  id: number
  chatJid: string
  subject: string
  description: string
  status: 'open' | 'closed'
  createdAt: Date
}

/** Shows tickets; without their texts if `content` is false. */
export function presentTickets(tickets: readonly TicketShown[], content: boolean): z.input<typeof Tickets> {
  return {
    ...noteUnless(content),
    tickets: tickets.map(({ chatJid: jid, createdAt, ...ticket }) => ({
      ...ticket,
      ...(content ? {} : { subject: '', description: '' }),
      jid,
      createdAt: iso(createdAt),
    })),
  }
}

const product = {
  sku: z.string().trim().min(1).max(60),
  name: z.string().trim().min(1).max(200),
  description: z.string().max(1000),
  price: z.string().trim().min(1).max(40).meta({ description: 'As it is to be quoted, with its currency' }),
  stock: z.int().min(0).nullable(),
}

const given = z.strictObject({
  ...product,
  description: product.description.default(''),
  stock: product.stock.default(null),
})
const maxProducts = 2000

/** The complete catalogue, as a list or as CSV text with a header. An unreadable one changes nothing. */
export const CatalogueBody = z
  .strictObject({
    products: z.array(given).max(maxProducts).optional(),
    csv: z.string().max(900_000).optional(),
  })
  .refine((body) => (body.products === undefined) !== (body.csv === undefined), {
    path: ['products'],
    error: 'expected either products or csv',
  })
  .transform(({ products, csv }, ctx) => {
    const list = csv === undefined ? (products ?? []) : productsOfCsv(csv, ctx)
    if (new Set(list.map(({ sku }) => sku)).size < list.length) {
      ctx.addIssue({
        code: 'custom',
        path: [csv === undefined ? 'products' : 'csv'],
        message: 'expected each sku once',
      })
    }
    return list
  })

function productsOfCsv(csv: string, ctx: z.RefinementCtx): z.output<typeof given>[] {
  const refuse = (message: string): never[] => {
    ctx.addIssue({ code: 'custom', path: ['csv'], message })
    return []
  }
  try {
    const rows = readCatalogueCsv(csv, maxProducts)
    if (rows.length > maxProducts) return refuse(`expected at most ${maxProducts} products`)
    const checked = z.array(given).safeParse(rows.map(({ cells }) => cells))
    if (checked.success) return checked.data
    const [issue] = checked.error.issues
    const [at, column] = issue?.path ?? []
    const where = [`line ${rows[Number(at)]?.line ?? '?'}`, column].filter((each) => each !== undefined)
    return refuse(`${where.map(String).join(', ')}: ${issue?.message ?? ''}`)
  } catch (error) {
    if (error instanceof CsvFault) return refuse(error.message)
    throw error
  }
}

export const Products = z
  .object({ products: z.array(z.object({ id: z.int(), ...product })) })
  .meta({ id: 'BotProducts' })

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

/** The shown part of a lead. */
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

import { botTools, isEffect, isToolName, toolsFor } from './rules/bot-tools.ts'
import type { ToolArguments, ToolName, ToolResult } from './rules/bot-tools.ts'
import type { BotConfig } from './rules/bot-settings.ts'
import { localTime } from '../../core/time/local-time.ts'
import type { ToolCall, Turn } from './rules/bot-turn.ts'
import type { BotPurpose } from '../../core/settings.ts'
import type { Appointment } from './queries/appointments.ts'
import { findBotChat } from '../chats/records.ts'
import { customFields, setCustomFields } from './queries/bot-people.ts'
import { appendEvent } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import { findTurn, putToolCall, toolCallsOf } from './queries/turns.ts'
import type { Clock } from '../../util/clock.ts'
import type { Appointments, Booker } from './appointments.ts'
import type { Catalogue } from './catalogue.ts'
import type { Knowledge } from './knowledge.ts'
import type { Tickets } from './tickets.ts'

/** Holds a call as a model made it: untrusted. */
export interface UntrustedCall {
  name: string
  arguments: string
  /** Calls of the same tool that preceded it in this run of the turn. */
  nth: number
}

/** Holds the dependencies of the tools. */
export interface BotToolsParts {
  store: Store
  clock: Clock
  config: BotConfig
  knowledge: Knowledge
  appointments: Appointments
  tickets: Tickets
  catalogue: Catalogue
}

type Handlers = {
  [N in ToolName]: (trx: Trx, who: ToolCaller, given: ToolArguments<N>) => Promise<ToolResult> | ToolResult
}

interface ToolCaller {
  turn: Turn
  /** Null in groups. */
  booker: Booker | null
  business: { name: string; description: string }
}

const refused = (error: string): ToolResult => ({ ok: false, data: { error } })
const fine = (data: object): ToolResult => ({ ok: true, data })

/**
 * Runs tools for the model. A call's effect and its row are one transaction, and a call that succeeded in an earlier
 * run of the same turn is answered from that row: a repeated turn books once.
 */
export class BotTools {
  private readonly parts: BotToolsParts
  private readonly handlers: Handlers

  constructor(parts: BotToolsParts) {
    this.parts = parts
    this.handlers = this.makeHandlers()
  }

  /** Runs a call. Returns undefined, without running it, if the turn is no longer running. */
  run(
    turn: Turn,
    call: UntrustedCall,
    given: { purpose: BotPurpose; business: ToolCaller['business'] },
  ): Promise<ToolCall | undefined> {
    const { store, clock } = this.parts
    return store.write(async (trx) => {
      const current = await findTurn(trx, turn.id)
      if (current?.state !== 'running' || current.aborts !== turn.aborts) return undefined
      const before = await toolCallsOf(trx, turn.id)
      const same = before.find((other) => other.name === call.name && other.nth === call.nth)
      if (same?.ok && isEffect(call.name)) return same
      const chat = await findBotChat(trx, turn.chatId)
      const { accountId } = turn
      // The chat may have been merged since the turn began.
      const chatId = chat?.id ?? turn.chatId
      const customerId = chat?.customerId ?? null
      const booker = customerId === null ? null : { accountId, chatId, customerId }
      const result = await this.perform(
        trx,
        { turn: { ...turn, chatId }, booker, business: given.business },
        call,
        given.purpose,
      )
      const index = same?.index ?? before.length
      const row = {
        index,
        nth: call.nth,
        name: call.name.slice(0, 60),
        arguments: call.arguments.slice(0, 4000),
        ok: result.ok,
        result: JSON.stringify(result.data),
      }
      await putToolCall(trx, turn.id, row, clock.now())
      return row
    })
  }

  private perform(
    trx: Trx,
    who: ToolCaller,
    call: UntrustedCall,
    purpose: BotPurpose,
  ): Promise<ToolResult> | ToolResult {
    const { name } = call
    if (!isToolName(name) || !toolsFor(purpose, who.booker !== null).includes(name)) {
      return refused('There is no such tool.')
    }
    const given = parsed(call.arguments)
    const checked = botTools[name].schema.safeParse(given)
    if (!checked.success) {
      const [issue] = checked.error.issues
      return refused(
        `Wrong arguments: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim().slice(0, 300),
      )
    }
    const handle = this.handlers[name] as (trx: Trx, who: ToolCaller, given: unknown) => Promise<ToolResult>
    return handle(trx, who, checked.data)
  }

  private makeHandlers(): Handlers {
    const { knowledge } = this.parts
    return {
      get_business_info: (_, { business }) => fine(this.businessInfo(business)),
      search_knowledge: async (_, { turn }, { query }) => {
        const passages = await knowledge.search(turn.accountId, query)
        return fine({ passages })
      },
      ...this.scheduling(),
      ...this.following(),
      // Both take effect with the turn's answer: the customer learns of them before the bot falls silent.
      handover_to_human: () => fine({ handed_over: true }),
      opt_out: () => fine({ opted_out: true }),
    }
  }

  private scheduling(): Pick<
    Handlers,
    'check_availability' | 'book_appointment' | 'cancel_appointment' | 'list_appointments'
  > {
    const { appointments } = this.parts
    return {
      check_availability: async (trx, { turn }, wanted) => {
        const free = await appointments.free(trx, turn.accountId, wanted)
        if (!free) return refused('There is no such service. get_business_info lists them.')
        return fine({ date: wanted.date, service: free.service, free_starts: free.starts })
      },
      book_appointment: async (trx, { booker }, wanted) => {
        if (!booker) return refused('Only in a chat with one person.')
        const booked = await appointments.book(trx, booker, wanted)
        return typeof booked === 'string' ? refused(booked) : fine({ booked: this.shown(booked) })
      },
      cancel_appointment: async (trx, { booker }, { appointment_id: id }) => {
        if (!booker || !(await appointments.cancelOwn(trx, booker, id))) {
          return refused('The customer has no such appointment.')
        }
        return fine({ cancelled: id })
      },
      list_appointments: async (trx, { booker }) => {
        const list = booker ? await appointments.ofCustomer(trx, booker) : []
        return fine({ appointments: list.map((appointment) => this.shown(appointment)) })
      },
    }
  }

  private following(): Pick<
    Handlers,
    'open_ticket' | 'search_products' | 'create_lead' | 'save_customer_field'
  > {
    const { tickets, catalogue } = this.parts
    return {
      open_ticket: async (trx, { booker }, ticket) =>
        booker
          ? fine({ ticket: await tickets.open(trx, booker, ticket) })
          : refused('Only in a chat with one person.'),
      search_products: async (trx, { turn }, { query }) => {
        const products = await catalogue.search(trx, turn.accountId, query)
        return fine({ products })
      },
      create_lead: async (trx, { booker }, { interest, product_id }) => {
        if (!booker) return refused('Only in a chat with one person.')
        const lead = await catalogue.lead(trx, booker, { interest, productId: product_id ?? null })
        return lead === undefined ? refused('There is no such product.') : fine({ lead })
      },
      save_customer_field: (trx, { booker }, fact) =>
        booker ? this.saveField(trx, booker, fact) : refused('Only in a chat with one person.'),
    }
  }

  private async saveField(
    trx: Trx,
    { accountId, chatId, customerId }: Booker,
    { field, value }: { field: string; value: string },
  ): Promise<ToolResult> {
    const { clock, config } = this.parts
    if (!config.customerFields.includes(field)) {
      const fields = config.customerFields.join(', ') || 'none'
      return refused(`That may not be kept. Fields: ${fields}.`)
    }
    const at = clock.now()
    await setCustomFields(trx, customerId, { ...(await customFields(trx, customerId)), [field]: value }, at)
    await appendEvent(trx, { name: 'customer.updated', accountId, chatId, data: { customerId } }, at)
    return fine({ saved: field })
  }

  private businessInfo(business: ToolCaller['business']): object {
    const { schedule } = this.parts.config
    const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
    const hours = schedule.open.map(({ weekday, from, to }) => `${days[weekday] ?? ''} ${from}-${to}`)
    return { ...business, opening_hours: hours, holidays: schedule.holidays, services: schedule.services }
  }

  private shown({ id, service, start }: Appointment): object {
    const { date, time } = localTime(start, this.parts.config.schedule.timeZone)
    return { appointment_id: id, service, start: `${date}T${time}` }
  }
}

function parsed(text: string): unknown {
  if (text.length > 10_000) return undefined
  try {
    return JSON.parse(text === '' ? '{}' : text)
  } catch {
    return undefined
  }
}

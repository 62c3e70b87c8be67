import type { Appointments } from '../services/appointments.ts'
import type { BotDesk } from '../services/bot-desk.ts'
import type { Catalogue } from '../services/catalogue.ts'
import type { Knowledge } from '../services/knowledge.ts'
import type { Tickets } from '../services/tickets.ts'

/** What the bot's routes call. */
export interface BotHttpServices {
  desk: Pick<BotDesk, 'turns' | 'verdict' | 'change' | 'usage'>
  knowledge: Pick<Knowledge, 'list' | 'put' | 'remove'>
  appointments: Pick<Appointments, 'list' | 'cancel' | 'newCalendarSecret' | 'calendar'>
  tickets: Pick<Tickets, 'list' | 'setStatus'>
  catalogue: Pick<Catalogue, 'products' | 'replace' | 'leads'>
}

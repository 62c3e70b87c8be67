import type { Appointments } from '../../features/bot/appointments.ts'
import type { BotAdmin } from '../../features/bot/bot-admin.ts'
import type { Catalogue } from '../../features/bot/catalogue.ts'
import type { Knowledge } from '../../features/bot/knowledge.ts'
import type { Tickets } from '../../features/bot/tickets.ts'

/** The services that the bot's routes use. */
export interface BotHttpServices {
  desk: Pick<BotAdmin, 'turns' | 'verdict' | 'change' | 'usage'>
  knowledge: Pick<Knowledge, 'list' | 'put' | 'remove'>
  appointments: Pick<Appointments, 'list' | 'cancel' | 'newCalendarSecret' | 'calendar'>
  tickets: Pick<Tickets, 'list' | 'setStatus'>
  catalogue: Pick<Catalogue, 'products' | 'replace' | 'leads'>
}

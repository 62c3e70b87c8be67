import type { Appointments } from '../../../features/bot/appointments.ts'
import type { BotAdmin } from '../../../features/bot/bot-admin.ts'
import type { Catalogue } from '../../../features/bot/catalogue.ts'
import type { Knowledge } from '../../../features/bot/knowledge.ts'
import type { Tickets } from '../../../features/bot/tickets.ts'
import type { Route } from '../../../http/route.ts'
import { appointmentRoutes } from './appointments-routes.ts'
import type { BotRoutesAbout } from './appointments-routes.ts'
import { catalogueRoutes } from './catalogue-routes.ts'
import { knowledgeRoutes } from './knowledge-routes.ts'
import { ticketRoutes } from './tickets-routes.ts'
import { turnRoutes } from './turns-routes.ts'

/** Holds the bot's services that its routes show. */
export interface BotServices {
  botAdmin: BotAdmin
  knowledge: Knowledge
  appointments: Appointments
  tickets: Tickets
  catalogue: Catalogue
}

/** Returns our own routes about the bot: its turns and their reasons, its knowledge, and its notes for people. */
export function assistantRoutes(services: BotServices, about: BotRoutesAbout): Route[] {
  return [
    ...turnRoutes(services.botAdmin),
    ...appointmentRoutes(services.appointments, about),
    ...knowledgeRoutes(services.knowledge),
    ...ticketRoutes(services.tickets),
    ...catalogueRoutes(services.catalogue),
  ]
}

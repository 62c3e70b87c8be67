import { z } from 'zod'
import {
  CatalogueBody,
  KnowledgeBody,
  KnowledgeList,
  Leads,
  Products,
  TicketPatch,
  Tickets,
  presentDocuments,
  presentLeads,
  presentTickets,
} from './desk-schema.ts'
import { countParam, idParam } from '../../shared/params.ts'
import { seesContent } from '../../shared/without-content.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { BotHttpServices } from '../../shared/bot-http-services.ts'
import * as examples from './examples.ts'

const tag = 'Bot'
const page = z.strictObject({
  before: idParam('Only those older than this one').optional(),
  limit: countParam({ description: 'How many, newest first', default: 50, min: 1, clampTo: 200 }),
})
const done = z.object({ success: z.literal(true) })

/** Returns the routes of knowledge, tickets, catalogue and leads. */
export function deskRoutes(services: BotHttpServices): Route[] {
  return [
    ...knowledgeRoutes(services.knowledge),
    ...ticketRoutes(services.tickets),
    ...salesRoutes(services.catalogue),
  ]
}

function knowledgeRoutes(knowledge: BotHttpServices['knowledge']): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/knowledge',
      id: 'bot.knowledge.list',
      summary: 'The documents from which the bot answers',
      tag,
      scope: 'read:config',
      response: KnowledgeList,
      examples: {
        response: {
          documents: [
            {
              id: 7,
              title: 'Envíos',
              length: 34,
              fromFolder: false,
              updatedAt: '2026-03-25T10:00:00.000Z',
            },
          ],
        },
      },
    }).handle(async ({ caller }) => presentDocuments(await knowledge.list(caller.accountId))),
    route({
      method: 'post',
      path: '/api/v1/bot/knowledge',
      id: 'bot.knowledge.put',
      summary: 'Store a document; one of the same title is replaced',
      tag,
      scope: 'write:config',
      idempotent: true,
      body: KnowledgeBody,
      response: z.object({ id: z.int(), title: z.string() }),
      examples: {
        body: { title: 'Envíos', body: 'Enviamos a todo el país en 3 días.' },
        response: { id: 7, title: 'Envíos' },
      },
    }).handle(async ({ body, caller }) => ({
      id: await knowledge.put(caller.accountId, body),
      title: body.title,
    })),
    route({
      method: 'delete',
      path: '/api/v1/bot/knowledge/:id',
      id: 'bot.knowledge.delete',
      summary: 'Remove a document',
      tag,
      scope: 'write:config',
      params: z.strictObject({ id: idParam('The document') }),
      response: done,
      examples: { response: { success: true } },
    }).handle(async ({ params, caller }) => {
      await knowledge.remove(caller.accountId, params.id)
      return { success: true as const }
    }),
  ]
}

function ticketRoutes(tickets: BotHttpServices['tickets']): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/tickets',
      id: 'bot.tickets.list',
      summary: 'Problems that customers told the bot, newest first',
      tag,
      scope: 'read:conversations',
      query: page,
      response: Tickets,
      examples: { response: { tickets: [examples.ticket] } },
    }).handle(async ({ query, caller }) =>
      presentTickets(await tickets.list(caller.accountId, query), seesContent(caller)),
    ),
    route({
      method: 'patch',
      path: '/api/v1/bot/tickets/:id',
      id: 'bot.tickets.update',
      summary: 'Close a ticket, or open it again',
      tag,
      scope: 'write:conversations',
      params: z.strictObject({ id: idParam('The ticket') }),
      body: TicketPatch,
      response: done,
      examples: { body: { status: 'closed' }, response: { success: true } },
    }).handle(async ({ params, body, caller }) => {
      await tickets.setStatus(caller.accountId, params.id, body.status)
      return { success: true as const }
    }),
  ]
}

function salesRoutes(catalogue: BotHttpServices['catalogue']): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/products',
      id: 'bot.products.list',
      summary: 'The catalogue from which the bot quotes',
      tag,
      scope: 'read:config',
      response: Products,
      examples: { response: { products: [{ id: 2, ...examples.product }] } },
    }).handle(async ({ caller }) => ({ products: await catalogue.products(caller.accountId) })),
    route({
      method: 'put',
      path: '/api/v1/bot/products',
      id: 'bot.products.replace',
      summary: 'Replace the catalogue, by a list or by the text of a CSV file',
      tag,
      scope: 'write:config',
      body: CatalogueBody,
      response: Products,
      examples: {
        body: { products: [examples.product] },
        response: { products: [{ id: 2, ...examples.product }] },
      },
    }).handle(async ({ body, caller }) => ({ products: await catalogue.replace(caller.accountId, body) })),
    route({
      method: 'get',
      path: '/api/v1/bot/leads',
      id: 'bot.leads.list',
      summary: 'Who wants what, newest first',
      tag,
      scope: 'read:conversations',
      query: page,
      response: Leads,
      examples: { response: { leads: [examples.lead] } },
    }).handle(async ({ query, caller }) =>
      presentLeads(await catalogue.leads(caller.accountId, query), seesContent(caller)),
    ),
  ]
}

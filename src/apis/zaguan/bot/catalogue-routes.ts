import type { Catalogue } from '../../../features/bot/catalogue.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { Leads, presentLeads } from '../../shared/bot/leads.ts'
import { seesContent } from '../../shared/without-content.ts'
import { CatalogueBody, Products } from './catalogue-schema.ts'
import * as examples from './examples.ts'
import { PageQuery } from './page.ts'

/** Returns the routes of the products and of the people who want one. */
export function catalogueRoutes(catalogue: Catalogue): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/products',
      id: 'bot.products.list',
      summary: 'List the catalogue that the bot quotes from',
      tag: 'Bot',
      scope: 'read:config',
      response: Products,
      examples: { response: { products: [{ id: 2, ...examples.product }] } },
    }).handle(async ({ caller }) => ({ products: await catalogue.products(caller.accountId) })),
    route({
      method: 'put',
      path: '/api/v1/bot/products',
      id: 'bot.products.replace',
      summary: 'Replace the catalogue with a list or the text of a CSV file',
      tag: 'Bot',
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
      summary: 'List the leads, newest first',
      tag: 'Bot',
      scope: 'read:conversations',
      query: PageQuery,
      response: Leads,
      examples: { response: { leads: [examples.lead] } },
    }).handle(async ({ query, caller }) =>
      presentLeads(await catalogue.leads(caller.accountId, query), seesContent(caller)),
    ),
  ]
}

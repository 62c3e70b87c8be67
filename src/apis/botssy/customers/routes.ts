import { z } from 'zod'
import { BotssyCustomers, CustomerBody, CustomerPatchBody, CustomersQuery } from './schema.ts'
import { Success, successExample } from '../success.ts'
import { BotssyExport, presentExport } from './export-schema.ts'
import { presentPage } from '../pages.ts'
import { BotssyCustomer, presentCustomer } from '../../shared/events/customer.ts'
import { idParam } from '../../shared/params.ts'
import { seesContent } from '../../shared/without-content.ts'
import { jsonPieces } from '../../../http/answers/json-pieces.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { StreamAnswer } from '../../../http/answers/stream-answer.ts'
import * as examples from './examples.ts'
import type { CustomerExports } from '../../../features/insight/customer-export.ts'
import type { Customers } from '../../../features/contacts/customers.ts'

const tag = 'Botssy'
const one = z.strictObject({ id: idParam('The customer') })

interface Services {
  customers: Customers
  customerExports: CustomerExports
}

/** Returns the routes of customers. */
export function customerRoutes(services: Services): Route[] {
  const { customers } = services
  return [...readingRoutes(services), ...writingRoutes(customers), ...updateRoutes(customers)]
}

function readingRoutes({ customers, customerExports }: Services): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/customers',
      id: 'botssy.customers.list',
      summary: 'List or search the customers',
      description: 'Newest activity first; with `search` the newest customer first.',
      cache: 'until-write',
      tag,
      scope: 'read:customers',
      query: CustomersQuery,
      response: BotssyCustomers,
      examples: { response: examples.customers },
    }).handle(async ({ query, caller }) => {
      const { customers: found, total } = await customers.list(caller.accountId, query)
      return presentPage(found.map(presentCustomer), total, query)
    }),
    route({
      method: 'get',
      path: '/api/v1/customers/:id',
      id: 'botssy.customers.get',
      summary: 'Read a customer',
      cache: 'until-write',
      tag,
      scope: 'read:customers',
      params: one,
      response: BotssyCustomer,
      examples: { response: examples.customer },
    }).handle(async ({ params, caller }) =>
      presentCustomer(await customers.get(caller.accountId, params.id)),
    ),
    route({
      method: 'get',
      path: '/api/v1/customers/:id/export',
      id: 'botssy.customers.export',
      summary: 'Export all data about a customer',
      description:
        'Everything in one document, streamed however long it is; a broken stream is not valid JSON. Messages, and ' +
        'other content, need the scope `read:messages`. It counts as one of the streams of the key, of which 5 ' +
        'can be open.',
      tag,
      scope: 'read:customers',
      params: one,
      response: BotssyExport,
      examples: { response: examples.exported },
    }).handle(async ({ params, caller }) => {
      const held = await customerExports.get(caller.accountId, params.id)
      const answer = { ...presentExport(held, seesContent(caller)), schema: BotssyExport }
      return new StreamAnswer('application/json; charset=utf-8', ({ signal }) => jsonPieces(answer, signal))
    }),
  ]
}

function writingRoutes(customers: Customers): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/customers',
      id: 'botssy.customers.create',
      summary: 'Enter a customer',
      description: '409 if a customer has the phone number already.',
      tag,
      scope: 'write:customers',
      idempotent: true,
      status: 201,
      body: CustomerBody,
      response: BotssyCustomer,
      examples: { body: examples.customerBody, response: examples.customer },
    }).handle(async ({ body, caller }) => presentCustomer(await customers.create(caller.accountId, body))),
    route({
      method: 'delete',
      path: '/api/v1/customers/:id',
      id: 'botssy.customers.erase',
      summary: 'Erase a customer with its chats and messages',
      description:
        'Irreversible: within seconds no file of the gateway holds their messages, name or number, nor do the copies made before ' +
        'an update. Later history from the phone brings nothing older back. A person who writes again is a new customer.',
      tag,
      scope: 'write:customers',
      params: one,
      response: Success,
      examples: { response: successExample },
    }).handle(async ({ params, caller }) => {
      await customers.erase(caller.accountId, params.id)
      return { success: true as const }
    }),
  ]
}

/** Returns the update routes: the document does not state the verb, so both mean the same. */
function updateRoutes(customers: Customers): Route[] {
  return (['put', 'patch'] as const).map((method) =>
    route({
      method,
      path: '/api/v1/customers/:id',
      id: method === 'put' ? 'botssy.customers.replace' : 'botssy.customers.update',
      summary: 'Change a customer',
      description: 'Fields left out stay; `null` clears one. PUT and PATCH do the same.',
      tag,
      scope: 'write:customers',
      params: one,
      body: CustomerPatchBody,
      response: BotssyCustomer,
      examples: { body: { company: 'Empresa SRL', tags: ['vip'] }, response: examples.customer },
    }).handle(async ({ params, body, caller }) =>
      presentCustomer(await customers.update(caller.accountId, params.id, body)),
    ),
  )
}

import { AppError } from '../../../core/errors.ts'
import { TestMessageAnswer, TestMessageBody } from './schema.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { TestCustomers } from '../../../features/accounts/simulated-customer.ts'

/** Returns the route by which a program plays the test account's customer. */
export function testAccountRoute(testAccount: TestCustomers): Route {
  return route({
    method: 'post',
    path: '/api/v1/test/messages',
    id: 'shared.test.messages',
    summary: 'Write to the test account as a customer',
    description: 'With a test key only. Rows, events and webhooks are those of a real message.',
    tag: 'Shared',
    scope: 'write:messages',
    idempotent: true,
    body: TestMessageBody,
    response: TestMessageAnswer,
    examples: {
      body: { from: '5491155667788', text: 'Hola, necesito ayuda', name: 'María' },
      response: { success: true },
    },
  }).handle(async ({ body, caller }) => {
    if (caller.mode !== 'test') throw new AppError('forbidden', 'Only a test key may write as a customer')
    await testAccount.receive(caller.accountId, body)
    return { success: true as const }
  })
}

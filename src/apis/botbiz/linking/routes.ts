import type { AccountId } from '../../../core/ids.ts'
import type { AuditAction } from '../../../core/audit.ts'
import type { Caller } from '../../../core/caller.ts'
import { AppError } from '../../../core/errors.ts'
import {
  BotbizPairingCode,
  BotbizPasskey,
  PairingCodeBody,
  PasskeyAssertionBody,
  PasskeyCodeBody,
  presentPairingCode,
  presentPasskey,
} from './schema.ts'
import { AccountParams } from './qr-code-schema.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import type { Accounts } from '../../../features/accounts/accounts.ts'
import type { Audit } from '../../../features/events/audit.ts'
import type { Linking } from '../../../features/accounts/linking.ts'

type LinkingServices = { accounts: Accounts; linking: Linking } & { audit: Audit }

type Note = (action: AuditAction, accountId: AccountId) => Promise<void>

type Reach = (caller: Caller, id: AccountId) => Promise<AccountId>

/** Returns the routes for linking an account without a code to scan. */
export function linkingRoutes({ accounts, audit, linking }: LinkingServices): Route[] {
  const reach: Reach = async (caller, id) => {
    if (!caller.allAccounts && caller.accountId !== id) throw new AppError('not_found', 'No such account')
    return (await accounts.get(id)).id
  }
  const note: Note = async (action, accountId) =>
    audit?.note({ action, accountId, subject: `account ${accountId}` })
  return [pairingCode(linking, reach, note), ...passkey(linking, reach, note)]
}

function pairingCode(linking: Linking, reach: Reach, note: Note): Route {
  return route({
    method: 'post',
    path: '/v1/whatsapp/accounts/:id/pairing-code',
    id: 'botbiz.accounts.pairing-code',
    summary: 'Get a pairing code to type on the phone',
    description:
      'On the phone: WhatsApp > Linked devices > Link a device > Link with phone number instead. ' +
      'Each request makes a new code. 409 if the account is already linked, 503 while no linking is under way.',
    tag: 'Botbiz',
    scope: 'write:accounts',
    // WhatsApp makes the code; a repetition replaces it by a new one.
    idempotent: 'beside',
    secret: true,
    params: AccountParams,
    body: PairingCodeBody,
    response: BotbizPairingCode,
    examples: { body: examples.number, response: examples.pairingCode },
  }).handle(async ({ params, body, caller }) => {
    const accountId = await reach(caller, params.id)
    const code = await linking.pairingCode(accountId, body.phone_number)
    await note('account.pairing_code_made', accountId)
    return presentPairingCode(code)
  })
}

function passkey(linking: Linking, reach: Reach, note: Note): Route[] {
  const shared = { tag: 'Botbiz', params: AccountParams, response: BotbizPasskey } as const
  return [
    route({
      ...shared,
      method: 'get',
      path: '/v1/whatsapp/accounts/:id/passkey',
      id: 'botbiz.accounts.passkey',
      summary: 'Get the passkey request of WhatsApp',
      description: '404 if there is no request, 409 if the account is already linked.',
      scope: 'read:accounts',
      examples: { response: examples.request },
    }).handle(async ({ params, caller }) =>
      presentPasskey(await linking.passkey(await reach(caller, params.id))),
    ),
    route({
      ...shared,
      method: 'post',
      path: '/v1/whatsapp/accounts/:id/passkey',
      id: 'botbiz.accounts.passkey.answer',
      summary: 'Submit the assertion of the owner’s passkey',
      description:
        'The body is the browser’s answer, unchanged. WhatsApp accepts one try per request: after a refusal (400) ' +
        'there is a new request to sign.',
      scope: 'write:accounts',
      // Waits for WhatsApp, which accepts one try per request and refuses a second.
      idempotent: 'beside',
      secret: true,
      body: PasskeyAssertionBody,
      examples: { body: examples.assertion, response: examples.phone },
    }).handle(async ({ params, body, caller }) => {
      const { id, rawId, type, response } = body
      const accountId = await reach(caller, params.id)
      const report = await linking.answerPasskey(accountId, { id, rawId, type, response })
      await note('account.passkey_used', accountId)
      return presentPasskey(report)
    }),
    route({
      ...shared,
      method: 'post',
      path: '/v1/whatsapp/accounts/:id/passkey/confirmation',
      id: 'botbiz.accounts.passkey.confirm',
      summary: 'Confirm that the phone shows the same code',
      description:
        'The code that the phone shows. 400 if the gateway has another code: then do not continue.',
      scope: 'write:accounts',
      // Waits for the phone; a second confirmation is refused.
      idempotent: 'beside',
      secret: true,
      body: PasskeyCodeBody,
      examples: { body: examples.code, response: examples.finishing },
    }).handle(async ({ params, body, caller }) =>
      presentPasskey(await linking.confirmPasskey(await reach(caller, params.id), body.code)),
    ),
  ]
}

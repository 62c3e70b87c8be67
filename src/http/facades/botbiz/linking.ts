import type { AccountId } from '../../../domain/account.ts'
import type { Caller } from '../../../domain/caller.ts'
import { AppError } from '../../../domain/errors.ts'
import { BotbizPairingCode, PairingCodeBody, presentPairingCode } from '../../../wire/botbiz/linking.ts'
import { AccountParams } from '../../../wire/botbiz/qr-code.ts'
import { route } from '../../route.ts'
import type { Route } from '../../route.ts'
import type { HttpServices } from '../../services.ts'

type LinkingServices = Pick<HttpServices, 'accounts' | 'linking'>

/** Ways to link an account that are not a code to scan. */
export function linkingRoutes({ accounts, linking }: LinkingServices): Route[] {
  const reached = async (caller: Caller, id: AccountId) => {
    if (!caller.allAccounts && caller.accountId !== id) throw new AppError('not_found', 'No such account')
    return (await accounts.get(id)).id
  }
  return [
    route({
      method: 'post',
      path: '/v1/whatsapp/accounts/:id/pairing-code',
      id: 'botbiz.accounts.pairing-code',
      summary: 'A code to type on the phone, in place of the QR code',
      description:
        'On the phone: WhatsApp > Linked devices > Link a device > Link with phone number instead. ' +
        'Asking again gives a new code. 409 where the account is linked already, 503 while no linking is under way.',
      tag: 'Botbiz',
      scope: 'write:accounts',
      params: AccountParams,
      body: PairingCodeBody,
      response: BotbizPairingCode,
      examples: {
        body: { phone_number: '+5491138620812' },
        response: { code: 'ABCD-EFGH', expires_at: '2026-03-25T14:02:40.000Z' },
      },
    }).handle(async ({ params, body, caller }) =>
      presentPairingCode(await linking.pairingCode(await reached(caller, params.id), body.phone_number)),
    ),
  ]
}

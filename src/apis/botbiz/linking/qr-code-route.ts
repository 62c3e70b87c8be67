import { AccountParams, BotbizQr, QrQuery, presentQr } from './qr-code-schema.ts'
import { RawAnswer, route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { Accounts } from '../../../features/accounts/accounts.ts'
import type { Linking } from '../../../features/accounts/linking.ts'

/** Returns the route of the code that links an account, as an image or as text. */
export function qrCodeRoute({ accounts, linking }: { accounts: Accounts; linking: Linking }): Route {
  return route({
    method: 'get',
    path: '/v1/whatsapp/accounts/:id/qr-code',
    id: 'botbiz.accounts.qr-code',
    summary: 'Get the QR code that links the account',
    description:
      'A PNG, or `{qr, expires_at}` with `format=json`. Needs a write scope, since scanning it links a phone. 409 if the account is already linked.',
    tag: 'Botbiz',
    scope: 'write:accounts',
    signedUrl: true,
    params: AccountParams,
    query: QrQuery,
    response: BotbizQr,
    raw: 'image/png',
    rawOrJson: true,
    examples: { response: { qr: '2@mK3…', expires_at: '2026-03-25T14:00:20Z' } },
  }).handle(async ({ params, query, caller }) => {
    // A signed address was created for this one account.
    const account = caller ? await accounts.reach(caller, params.id) : await accounts.get(params.id)
    const code = await linking.qr(account.id)
    return query.format === 'json' ? presentQr(code) : new RawAnswer('image/png', await drawn(code.qr))
  })
}

async function drawn(text: string): Promise<Uint8Array> {
  const { toBuffer } = await import('qrcode')
  return toBuffer(text, { type: 'png', scale: 8, margin: 4 })
}

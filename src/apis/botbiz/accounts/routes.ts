import type { Account } from '../../../core/account.ts'
import type { Caller } from '../../../core/caller.ts'
import type { AccountId } from '../../../core/ids.ts'
import { grants } from '../../../features/access/scopes.ts'
import type { Accounts } from '../../../features/accounts/accounts.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { UrlSigner } from '../../../util/signed-url.ts'
import { accountRef } from '../../shared/ids.ts'
import { AccountParams } from '../linking/qr-code-schema.ts'
import * as examples from './examples.ts'
import {
  AccountBody,
  AccountPatchBody,
  BotbizAccount,
  BotbizAccounts,
  Deleted,
  presentAccount,
  presentLoggingOut,
  qrCodePath,
  stillListed,
} from './schema.ts'

const tag = 'Botbiz'
const qrLinkMs = 10 * 60_000

/** Builds addresses for clients: of the gateway, and with the tokens that replace a key. */
export interface Links {
  baseUrl: () => string
  urls: UrlSigner
}

/** Returns the routes that list, connect, rename and remove accounts. */
export function accountRoutes(accounts: Accounts, links: Links): Route[] {
  const show: Show = (account, caller) => presentAccount(account, qrCodeUrl(account.id, caller, links))
  return [...readingRoutes(accounts, show), ...changingRoutes(accounts, show), removalRoute(accounts)]
}

/**
 * Returns the code's address with a temporary token, for callers that may link a phone: an `<img>` cannot send a
 * header.
 */
function qrCodeUrl(accountId: AccountId, { scopes }: Caller, { baseUrl, urls }: Links): string {
  const path = qrCodePath(accountId)
  const token = grants(scopes, 'write:accounts') ? `?token=${urls.sign(path, qrLinkMs)}` : ''
  return `${baseUrl()}${path}${token}`
}

type Show = (account: Account, caller: Caller) => ReturnType<typeof presentAccount>

function readingRoutes(accounts: Accounts, show: Show): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/whatsapp/accounts',
      id: 'botbiz.accounts.list',
      summary: 'List the accounts that the key reaches',
      tag,
      scope: 'read:accounts',
      response: BotbizAccounts,
      examples: { response: { data: [examples.account] } },
    }).handle(async ({ caller }) => {
      const [here, leaving] = [await accounts.listFor(caller), await accounts.listLoggingOut(caller)]
      const data = here.map((account) => show(account, caller))
      return leaving.length === 0 ? { data } : { data, logging_out: leaving.map(presentLoggingOut) }
    }),
    route({
      method: 'get',
      path: '/v1/whatsapp/accounts/:id',
      id: 'botbiz.accounts.get',
      summary: 'Read an account',
      tag,
      scope: 'read:accounts',
      params: AccountParams,
      response: BotbizAccount,
      examples: { response: examples.account },
    }).handle(async ({ params, caller }) => show(await accounts.reach(caller, params.id), caller)),
  ]
}

function changingRoutes(accounts: Accounts, show: Show): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/whatsapp/accounts',
      id: 'botbiz.accounts.create',
      summary: 'Connect a WhatsApp account',
      description:
        'Starts linking the number: scan the code at `qr_code_url` with its phone. The same number again returns the ' +
        'existing account; 403 beyond the configured number of accounts.',
      tag,
      scope: 'write:accounts',
      idempotent: true,
      body: AccountBody,
      response: BotbizAccount,
      examples: { body: examples.accountBody, response: examples.account },
    }).handle(async ({ body, caller }) =>
      show(await accounts.create(caller, { phone: body.phone_number, name: body.name }), caller),
    ),
    route({
      method: 'patch',
      path: '/v1/whatsapp/accounts/:id',
      id: 'botbiz.accounts.update',
      summary: 'Rename an account, or let a phone with another number link it',
      description:
        'The first linking sets the number of an account; after a log-out, a phone with another number is refused unless ' +
        '`accept_other_number` is on.',
      tag,
      scope: 'write:accounts',
      idempotent: true,
      params: AccountParams,
      body: AccountPatchBody,
      response: BotbizAccount,
      examples: { body: { accept_other_number: true }, response: examples.account },
    }).handle(async ({ params, body, caller }) =>
      show(
        await accounts.change(caller, params.id, {
          name: body.name,
          acceptsOtherNumber: body.accept_other_number,
        }),
        caller,
      ),
    ),
  ]
}

function removalRoute(accounts: Accounts): Route {
  return route({
    method: 'delete',
    path: '/v1/whatsapp/accounts/:id',
    id: 'botbiz.accounts.delete',
    summary: 'Log an account out and remove it',
    description: 'Cancels messages that wait to be sent. Keeps the chats in case the number comes back.',
    tag,
    scope: 'write:accounts',
    params: AccountParams,
    response: Deleted,
    examples: { response: { id: 'wha_2', deleted: true } },
  }).handle(async ({ params, caller }) => {
    const { loggedOut } = await accounts.remove(caller, params.id)
    const deleted = { id: accountRef(params.id), deleted: true as const }
    return loggedOut ? deleted : { ...deleted, say: stillListed }
  })
}

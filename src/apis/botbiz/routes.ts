import type { AccountId } from '../../core/ids.ts'
import type { Account } from '../../core/account.ts'
import type { Caller } from '../../core/caller.ts'
import {
  AccountBody,
  AccountPatchBody,
  BotbizAccount,
  BotbizAccounts,
  Deleted,
  stillListed,
  presentAccount,
  qrCodePath,
} from './accounts/schema.ts'
import { grants } from '../../features/access/scopes.ts'
import { asBotbizFault } from './messages/media.ts'
import {
  BotbizMessage,
  BotbizMessageBody,
  presentMessage,
  presentSent,
  readChange,
  readDraft,
} from './messages/schema.ts'
import { BotbizScheduled, presentScheduled } from './messages/scheduled.ts'
import { AccountParams } from './linking/qr-code-schema.ts'
import { BotbizUsers, presentUsers } from './accounts/users.ts'
import { accountRef } from '../shared/ids.ts'
import { Accepted, route } from '../../http/route.ts'
import type { Route } from '../../http/route.ts'
import type { HttpServices } from '../shared/http-services.ts'
import type { UrlSigner } from '../../util/signed-url.ts'
import * as examples from './examples.ts'
import { messageStateRoute } from './messages/state-route.ts'

const tag = 'Botbiz'
const qrLinkMs = 10 * 60_000

/** How clients reach the gateway, and the tokens that replace a key in an address. */
export interface Links {
  baseUrl: () => string
  urls: UrlSigner
}

type Services = Pick<
  HttpServices,
  'accounts' | 'outbox' | 'sending' | 'messages' | 'messageActions' | 'users' | 'media'
>

/** Returns the routes of accounts, messages and users; the QR code has its own file. */
export function botbizRoutes(services: Services, links: Links): Route[] {
  const { accounts, users } = services
  const show: Show = (account, caller) => presentAccount(account, qrCodeUrl(account.id, caller, links))
  return [
    ...readingRoutes(accounts, show),
    ...accountRoutes(accounts, show),
    messageRoute(services),
    messageStateRoute(services),
    usersRoute(users),
  ]
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

function readingRoutes(accounts: HttpServices['accounts'], show: Show): Route[] {
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
    }).handle(async ({ caller }) => ({
      data: (await accounts.listFor(caller)).map((account) => show(account, caller)),
    })),
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

function accountRoutes(accounts: HttpServices['accounts'], show: Show): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/whatsapp/accounts',
      id: 'botbiz.accounts.create',
      summary: 'Connect a WhatsApp account',
      description:
        'Begins to link the number: show the code at `qr_code_url` to its phone. The same number again returns the ' +
        'existing account; beyond the configured number of accounts 403.',
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
        'The number of an account is learnt with its first linking; after a log-out a phone with another one is refused, unless ' +
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
    removalRoute(accounts),
  ]
}

function removalRoute(accounts: HttpServices['accounts']): Route {
  return route({
    method: 'delete',
    path: '/v1/whatsapp/accounts/:id',
    id: 'botbiz.accounts.delete',
    summary: 'Log an account out and remove it',
    description: 'What still waits to be sent is cancelled. Chats are kept for when the number comes back.',
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

function messageRoute({ accounts, outbox, sending, messageActions, media }: Services): Route {
  return route({
    method: 'post',
    path: '/v1/whatsapp/messages',
    id: 'botbiz.messages.create',
    summary: 'Send a message to a WhatsApp contact',
    description:
      'Types: text; image, video, audio, document and sticker, with the address of the file as content: it is fetched before ' +
      'the message goes out; and as extensions location, contact and poll, with a field of that name, and reaction, edit and ' +
      'delete, which are about the message of the chat that message_id names. With send_at a schedule of one time keeps a message ' +
      'until then: it has the id of its schedule before that, and the answer is 202.',
    tag,
    scope: 'write:messages',
    idempotent: true,
    body: BotbizMessageBody,
    response: BotbizMessage,
    accepted: { about: 'It waits for its send_at', response: BotbizScheduled, example: examples.scheduled },
    examples: { body: examples.messageBody, response: examples.message },
  }).handle(async ({ body, caller }) => {
    const { id: accountId } = await accounts.reach(caller, body.account_id ?? caller.accountId)
    const as = { ...caller, accountId }
    const change = readChange(body)
    if (change) return presentMessage((await carryOut(messageActions, as, change)).order, media.urlOf)
    const draft = readDraft(body)
    const { send_at: sendAt, time_zone: timeZone } = body
    try {
      if (sendAt === undefined) return presentSent(await outbox.sendOne(as, draft), body, media.urlOf)
      const planned = await sending.batches.plan(as, { ...draft, to: [draft.to], sendAt, timeZone })
      return new Accepted(presentScheduled(planned, media.urlOf))
    } catch (error) {
      throw asBotbizFault(error)
    }
  })
}

function carryOut(
  actions: Services['messageActions'],
  caller: Caller,
  { kind, target, text }: NonNullable<ReturnType<typeof readChange>>,
) {
  switch (kind) {
    case 'reaction':
      return actions.react(caller, target, text)
    case 'edit':
      return actions.edit(caller, target, text)
    case 'delete':
      return actions.remove(caller, target)
  }
}

function usersRoute(users: HttpServices['users']): Route {
  return route({
    method: 'get',
    path: '/v1/users',
    id: 'botbiz.users.list',
    summary: 'List the users of the gateway',
    tag,
    scope: 'admin',
    response: BotbizUsers,
    examples: { response: examples.users },
  }).handle(async ({ caller }) => presentUsers(await users.list(caller)))
}

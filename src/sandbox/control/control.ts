import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { makeCall } from './control-calls.ts'
import { BulkJobs } from '../people/bulk.ts'
import { orderFault, type FaultTarget } from './control-faults.ts'
import {
  changeGroup,
  changeGroupMembers,
  groupOf,
  listGroups,
  makeGroup,
  presentGroup,
  renumberGroupMember,
} from './control-groups.ts'
import { addContacts, changeChat } from './control-app-state.ts'
import { sendChange } from './control-changes.ts'
import { sendMedia } from './control-media.ts'
import {
  presentCustomer,
  presentPhone,
  presentStatuses,
  readMessageInput,
  readHistory,
  receivedPage,
  setAuto,
  setLimits,
} from './control-people.ts'
import { setProtection, signWithPasskey } from './control-passkey.ts'
import { ControlError, readBody, readString, type Fields } from './control-request.ts'
import { isToken, tokenHeader } from './control-token.ts'
import type { Customer } from '../people/customer.ts'
import { digitsOf } from '../protocol/jids.ts'
import type { ConnectionSummary, Network } from '../network.ts'
import { nameChannel, postInChannel, postOwnStatus, postStatus } from './control-posts.ts'
import type { Phone } from '../people/phone.ts'

/** Holds the addresses and keys that a client connects with. */
export interface ControlInfo {
  url: string
  rootKey: string
  /** The control API's address, including its token. */
  controlUrl: string
  /** Host and port for files, over HTTPS. */
  mediaHost: string
  /** That host's certificate, for `NODE_EXTRA_CA_CERTS`. */
  caFile: string
  pid: number
}

/** Holds the network and the faults that the control API controls. */
export interface ControlTarget extends FaultTarget {
  readonly url: string
  readonly rootKey: string
  readonly controlUrl: string
  readonly controlToken: string
  readonly mediaHost: string
  readonly caFile: string
  readonly network: Network
}

interface Call {
  readonly target: ControlTarget
  readonly jobs: BulkJobs
  readonly params: string[]
  readonly query: URLSearchParams
  readonly body: Fields
}

interface Route {
  readonly method: string
  readonly path: RegExp
  readonly answer: (call: Call) => unknown
}

const routes: Route[] = [
  route('GET', 'info', ({ target: { url, rootKey, controlUrl, mediaHost, caFile } }) => ({
    url,
    rootKey,
    controlUrl,
    mediaHost,
    caFile,
    pid: process.pid,
  })),
  route('GET', 'connections', ({ target }): ConnectionSummary[] => target.network.connections()),
  route('GET', 'phones', ({ target }) => target.network.phones().map(presentPhone)),
  route('POST', 'phones', makePhone),
  route('GET', 'phones/:', (call) => presentPhone(phoneOf(call))),
  route('POST', 'phones/:/scan', async (call) => {
    const qr = call.body.required('qr', 'string')
    call.body.end()
    await phoneOf(call).scan(qr)
    return presentPhone(phoneOf(call))
  }),
  route('POST', 'phones/:/pairing-code', async (call) => {
    const code = call.body.required('code', 'string')
    call.body.end()
    await phoneOf(call).enterPairingCode(code)
    return presentPhone(phoneOf(call))
  }),
  route('PUT', 'phones/:/passkey', (call) => {
    setProtection(phoneOf(call), call.body)
    return presentPhone(phoneOf(call))
  }),
  route('POST', 'phones/:/passkey/assertion', (call) => signWithPasskey(phoneOf(call), call.body)),
  route('POST', 'phones/:/passkey/approve', async (call) => {
    const code = call.body.required('code', 'string')
    call.body.end()
    await phoneOf(call).approve(code)
    return presentPhone(phoneOf(call))
  }),
  route('POST', 'phones/:/unlink', async (call) => {
    const device = call.body.optional('device', 'number')
    call.body.end()
    await phoneOf(call).unlink(device)
    return presentPhone(phoneOf(call))
  }),
  route('GET', 'phones/:/messages', (call) => receivedPage(phoneOf(call), call.query)),
  route('POST', 'phones/:/messages', (call) => send(phoneOf(call), call)),
  route('POST', 'phones/:/changes', (call) => sendChange(call.target.network, phoneOf(call), call.body)),
  route('POST', 'phones/:/media', (call) => sendMedia(phoneOf(call), call.body)),
  route('PUT', 'phones/:/history', (call) => {
    const phone = phoneOf(call)
    phone.historyBy = call.body.oneOf('by', ['message', 'file'] as const) ?? 'message'
    phone.historyLimit = call.body.oneOf('limit', ['obeyed', 'ignored'] as const) ?? 'obeyed'
    phone.history = readHistory(call.body)
    return { chats: phone.history.length }
  }),
  route('POST', 'phones/:/contacts', (call) => addContacts(phoneOf(call), call.body)),
  route('POST', 'phones/:/chats', (call) => changeChat(phoneOf(call), call.body)),
  route('POST', 'phones/:/read', (call) => {
    const chat = call.body.required('with', 'string')
    call.body.end()
    return { read: phoneOf(call).readChat(chat) }
  }),
  route('POST', 'phones/:/mappings', async (call) => {
    const customers = call.body.list('customers', readString) ?? []
    call.body.end()
    await phoneOf(call).tellMappings(customers)
    return { customers: customers.length }
  }),
  route('GET', 'phones/:/app-state', (call) => phoneOf(call).appState()),
  route('PUT', 'phones/:/limits', (call) => {
    const phone = phoneOf(call)
    setLimits(phone, call.body)
    return phone.limits
  }),
  route('GET', 'customers', ({ target: { network } }) =>
    network.people().map(({ number }) => presentCustomer(network.customer(number))),
  ),
  route('POST', 'customers', makeCustomer),
  route('GET', 'customers/:', (call) => presentCustomer(customerOf(call))),
  route('GET', 'customers/:/messages', (call) => receivedPage(customerOf(call), call.query)),
  route('POST', 'customers/:/messages', (call) => send(customerOf(call), call)),
  route('POST', 'customers/:/changes', (call) =>
    sendChange(call.target.network, customerOf(call), call.body),
  ),
  route('POST', 'customers/:/media', (call) => sendMedia(customerOf(call), call.body)),
  route('GET', 'customers/:/statuses', (call) => presentStatuses(customerOf(call), call.query)),
  route('PUT', 'customers/:/auto', (call) => {
    setAuto(customerOf(call), call.body)
    return presentCustomer(customerOf(call))
  }),
  route('PUT', 'customers/:/disclosed', (call) => {
    customerOf(call).disclosed = call.body.required('disclosed', 'boolean')
    call.body.end()
    return presentCustomer(customerOf(call))
  }),
  route('POST', 'customers/:/status', ({ target: { network }, params: [number = ''], body }) =>
    postStatus(network, number, body),
  ),
  route('POST', 'phones/:/status', ({ target: { network }, params: [number = ''], body }) =>
    postOwnStatus(network, number, body),
  ),
  route('PUT', 'channels/:', ({ target: { network }, params: [id = ''], body }) =>
    nameChannel(network, id, body),
  ),
  route('POST', 'channels/:/posts', ({ target: { network }, params: [id = ''], body }) =>
    postInChannel(network, id, body),
  ),
  route('POST', 'customers/:/read', async (call) => {
    const id = call.body.required('id', 'string')
    call.body.end()
    await customerOf(call).read(id)
    return { id }
  }),
  route('POST', 'customers/:/typing', async (call) => {
    const account = call.body.required('to', 'string')
    const state = call.body.oneOf('state', ['composing', 'recording', 'paused'] as const) ?? 'composing'
    const addressing = call.body.oneOf('addressing', ['pn', 'lid'] as const)
    call.body.end()
    await customerOf(call).type(account, state, addressing)
    return { state }
  }),
  route('POST', 'customers/:/calls', (call) => makeCall(customerOf(call), call.body)),
  route('POST', 'customers/:/devices', (call) => ({ device: customerOf(call).addDevice() })),
  route('POST', 'customers/:/forget-sessions', (call) => {
    customerOf(call).forgetSessions()
    return presentCustomer(customerOf(call))
  }),
  route('GET', 'groups', ({ target: { network } }) => listGroups(network)),
  route('POST', 'groups', ({ target: { network }, body }) => makeGroup(network, body)),
  route('GET', 'groups/:', ({ target: { network }, params }) => presentGroup(groupOf(network, params[0]))),
  route('PUT', 'groups/:', ({ target: { network }, params, body }) =>
    changeGroup(network, groupOf(network, params[0]), body),
  ),
  route('POST', 'groups/:/members', ({ target: { network }, params, body }) =>
    changeGroupMembers(network, groupOf(network, params[0]), body),
  ),
  route('POST', 'groups/:/renumber', ({ target: { network }, params, body }) =>
    renumberGroupMember(network, groupOf(network, params[0]), body),
  ),
  route('POST', 'bulk', beginBulk),
  route('GET', 'bulk/:', ({ jobs, params: [id = ''] }) => jobs.find(id) ?? notFound(`No job ${id}`)),
  route('DELETE', 'bulk/:', ({ jobs, params: [id = ''] }) => {
    jobs.stop(id)
    return jobs.find(id) ?? notFound(`No job ${id}`)
  }),
  route('POST', 'faults', async ({ target, body }) => {
    await orderFault(target, body)
    return { ok: true }
  }),
  route('DELETE', 'faults', ({ target }) => {
    target.faults.clear()
    return { ok: true }
  }),
]

/** Serves the JSON control API under `/control/`. Errors are `{error}` with a 4xx status. */
export function controlApi(target: ControlTarget): { handle: RequestListener; stop: () => void } {
  const jobs = new BulkJobs()
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(target, jobs, request).then(
      (value) => reply(response, 200, value),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error)
        reply(response, error instanceof ControlError ? error.status : 400, { error: message })
      },
    )
  }
  return { handle, stop: () => jobs.stopAll() }
}

async function answer(target: ControlTarget, jobs: BulkJobs, request: IncomingMessage): Promise<unknown> {
  // Web pages must not control it, nor other users: the port is open to everything on this machine.
  if (request.headers.origin !== undefined) throw new ControlError(403, 'Not for browsers')
  if (!isToken(request.headers[tokenHeader], target.controlToken)) {
    throw new ControlError(
      401,
      'The token is missing or wrong. Give the whole control address, including the part after #.',
    )
  }
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://sandbox')
  const matching = routes.filter(({ path }) => path.test(pathname))
  if (matching.length === 0) throw new ControlError(404, 'No such path')
  const found = matching.find(({ method }) => method === request.method)
  if (!found) throw new ControlError(405, `${pathname} has no ${request.method}`)
  const params = (found.path.exec(pathname) ?? []).slice(1).map((param) => decodeURIComponent(param))
  return found.answer({ target, jobs, params, query, body: await readBody(request) })
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

function route(method: string, path: string, answer: Route['answer']): Route {
  return { method, path: new RegExp(`^/control/${path.replaceAll(':', '([^/]+)')}$`), answer }
}

function notFound(message: string): never {
  throw new ControlError(404, message)
}

function phoneOf({ target: { network }, params: [number = ''] }: Call): Phone {
  const digits = digitsOf(number)
  return network.hasPhone(digits) ? network.phone(digits) : notFound(`No phone ${number}`)
}

function customerOf({ target: { network }, params: [number = ''] }: Call): Customer {
  const digits = digitsOf(number)
  return network.hasCustomer(digits) ? network.customer(digits) : notFound(`No customer ${number}`)
}

function makePhone({ target: { network }, body }: Call): unknown {
  const number = body.required('number', 'string')
  const [name, platform] = [body.optional('name', 'string'), body.optional('platform', 'string')]
  body.end()
  const options = { ...(name === undefined ? {} : { name }), ...(platform === undefined ? {} : { platform }) }
  return presentPhone(network.phone(number, options))
}

function makeCustomer({ target: { network }, body }: Call): unknown {
  const number = body.required('number', 'string')
  const [name, lid] = [body.optional('name', 'string'), body.optional('lid', 'string')]
  const absent = body.optional('absent', 'boolean') ?? false
  body.end()
  if (absent && (name ?? lid) !== undefined)
    throw new ControlError(400, 'An absent number has neither name nor lid')
  if (absent) return { number: network.markAbsent(number), absent }
  const options = { ...(name === undefined ? {} : { name }), ...(lid === undefined ? {} : { lid }) }
  return presentCustomer(network.customer(number, options))
}

async function send(from: Phone | Customer, { body }: Call): Promise<{ id: string }> {
  const { to, message, options } = readMessageInput(body)
  return { id: await from.send(to, message, options) }
}

/** Sends from customers to an account, or from its phone to customers, cycling through both lists. */
function beginBulk({ target: { network }, jobs, body }: Call): unknown {
  const account = network.phone(body.required('account', 'string'))
  const customers = (body.list('customers', readString) ?? []).map((number) => network.customer(number))
  const as = body.oneOf('as', ['customers', 'phone'] as const) ?? 'customers'
  const [count, rate] = [body.required('count', 'number'), body.optional('rate', 'number') ?? 0]
  const text = body.optional('text', 'string') ?? 'message {n}'
  const addressing = body.oneOf('addressing', ['pn', 'lid'] as const)
  body.end()
  if (customers.length === 0) throw new ControlError(400, 'customers is missing')
  const sendOne = (index: number) => {
    const customer = customers[(index - 1) % customers.length] ?? notFound('No customer')
    const at = (performance.timeOrigin + performance.now()).toFixed(2)
    const words = text.replaceAll('{n}', index.toString()).replaceAll('{at}', at)
    return as === 'phone'
      ? account.sendText(customer.number, words, { addressing })
      : customer.sendText(account.number, words, { addressing })
  }
  return jobs.begin({ count, rate, send: sendOne })
}

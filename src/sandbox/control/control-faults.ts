import { ControlError, type Fields } from './control-request.ts'
import type { Faults } from '../protocol/faults.ts'

/** Injects the faults that concern connections and the port. */
export interface FaultTarget {
  readonly faults: Faults
  dropConnections(account?: string): void
  closeConnections(account?: string): void
  failConnections(code: number, account?: string): void
  retireCodes(): void
  freeze(): void
  thaw(): void
  refuseConnections(how: 'busy' | 'closed', forMs?: number): Promise<void>
  acceptConnections(): Promise<void>
  expireMedia(account: string, id: string, status?: number): void
}

type Order = (target: FaultTarget, body: Fields) => void | Promise<void>

/** Faults by the request's `kind`; the other fields are the arguments. */
const orders: Record<string, Order> = {
  drop: (target, body) => target.dropConnections(body.optional('account', 'string')),
  close: (target, body) => target.closeConnections(body.optional('account', 'string')),
  stream_error: (target, body) =>
    target.failConnections(body.required('code', 'number'), body.optional('account', 'string')),
  retire_codes: (target) => target.retireCodes(),
  freeze: (target) => target.freeze(),
  thaw: (target) => target.thaw(),
  refuse_connections: (target, body) => {
    const how = body.oneOf('how', ['busy', 'closed'] as const) ?? 'busy'
    const forMs = body.optional('forMs', 'number')
    if (how === 'closed' && forMs === undefined) {
      throw new ControlError(400, 'forMs is missing: without it the port would stay closed')
    }
    return target.refuseConnections(how, forMs)
  },
  accept_connections: (target) => target.acceptConnections(),
  fail_logins: ({ faults }, body) => faults.failLogins(body.required('reason', 'number'), count(body)),
  require_client: ({ faults }, body) => faults.requireClient(body.required('version', 'string')),
  spoil_pairing: ({ faults }, body) =>
    faults.spoilPairing(body.oneOf('what', ['signature', 'hmac'] as const) ?? 'signature'),
  refuse_pairing_code: ({ faults }, body) => faults.refusePairingCode(body.required('error', 'number')),
  drop_acks: ({ faults }, body) => faults.dropAcks(count(body)),
  delay_acks: ({ faults }, body) => faults.delayAcks(count(body), body.required('ms', 'number')),
  refuse_messages: ({ faults }, body) => {
    const error = body.required('error', 'number')
    const [howMany, to] = [body.optional('count', 'number'), body.optional('to', 'string')]
    faults.refuseMessages({
      error,
      ...(howMany === undefined ? {} : { count: howMany }),
      ...(to === undefined ? {} : { to }),
    })
  },
  accept_messages: ({ faults }) => faults.acceptMessages(),
  ignore_queries: ({ faults }, body) => faults.ignoreQueries(body.required('xmlns', 'string'), count(body)),
  deliver_twice: ({ faults }, body) => faults.deliverTwice(count(body)),
  reorder: ({ faults }, body) => faults.reorder(count(body)),
  corrupt: ({ faults }, body) => faults.corrupt(count(body)),
  withhold: ({ faults }, body) => {
    const element = body.oneOf('element', ['unavailable', 'none'] as const) ?? 'unavailable'
    const type = body.optional('type', 'string')
    faults.withhold(count(body), element === 'none' || type === undefined ? { element } : { element, type })
  },
  spoil_messages: ({ faults }, body) => faults.spoilMessages(count(body)),
  fail_media: ({ faults }, body) => {
    const what = body.oneOf('what', ['upload', 'download'] as const) ?? 'download'
    faults.failMedia(what, body.required('status', 'number'), count(body))
  },
  lose_media: ({ faults }, body) => faults.loseMedia(count(body)),
  expire_media: (target, body) => {
    const [account, id] = [body.required('account', 'string'), body.required('id', 'string')]
    target.expireMedia(account, id, body.optional('status', 'number'))
  },
  silence_phone: ({ faults }, body) => faults.silencePhone(count(body)),
}

/** Carries out a fault request. @throws ControlError for an unknown kind or wrong arguments */
export async function orderFault(target: FaultTarget, body: Fields): Promise<void> {
  const kind = body.required('kind', 'string')
  const order = Object.hasOwn(orders, kind) ? orders[kind] : undefined
  if (!order) throw new ControlError(400, `kind must be one of ${Object.keys(orders).join(', ')}`)
  await order(target, body)
  body.end()
}

function count(body: Fields): number {
  return body.optional('count', 'number') ?? 1
}

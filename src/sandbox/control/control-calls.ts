import type { Fields } from './control-request.ts'
import type { Customer } from '../people/customer.ts'

/** Makes a customer call an account. */
export async function makeCall(customer: Customer, body: Fields): Promise<{ id: string }> {
  const account = body.required('to', 'string')
  const video = body.optional('video', 'boolean') ?? false
  const reason = body.optional('reason', 'string') ?? 'timeout'
  const addressing = body.oneOf('addressing', ['pn', 'lid'] as const) ?? 'pn'
  body.end()
  return { id: await customer.call(account, { video, reason, addressing }) }
}

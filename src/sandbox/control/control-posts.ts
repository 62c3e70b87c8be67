import { readMessageInput } from './control-people.ts'
import { ControlError, type Fields } from './control-request.ts'
import type { Network } from '../network.ts'

/** Posts a status as a person; `to` names the account that sees it. */
export async function postStatus(network: Network, number: string, body: Fields): Promise<{ id: string }> {
  const { to, message, options } = readMessageInput(body)
  return { id: await network.posts.status(network.person(number), network.account(to), message, options) }
}

/** Posts a status of the account's owner; its companions get it, too. */
export async function postOwnStatus(network: Network, number: string, body: Fields): Promise<{ id: string }> {
  const account = network.account(number)
  const text = body.required('text', 'string')
  const addressing = body.oneOf('addressing', ['pn', 'lid'] as const)
  body.end()
  return { id: await network.posts.status(account, account, { conversation: text }, { addressing }) }
}

/** Names a channel. */
export function nameChannel(network: Network, channel: string, body: Fields): { name: string } {
  const name = body.required('name', 'string')
  body.end()
  network.nameChannel(channel, name)
  return { name }
}

/** Posts in a channel; its id is digits. */
export function postInChannel(network: Network, channel: string, body: Fields): { id: string } {
  if (!/^\d{5,25}$/.test(channel)) throw new ControlError(400, 'The id of a channel is 5 to 25 digits')
  const { to, message, options } = readMessageInput(body)
  return { id: network.posts.channel(channel, network.account(to), message, options) }
}

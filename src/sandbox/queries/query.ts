import type { Account } from '../people/account.ts'
import type { AppStates } from '../people/app-state.ts'
import type { Directory } from '../people/directory.ts'
import type { Groups } from '../groups/groups.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { MediaStore } from '../media/media-store.ts'
import { node, type BinaryNode } from '../protocol/nodes.ts'

/** An `iq` of a companion that is logged in. */
export interface Query {
  readonly iq: BinaryNode
  readonly account: Account
  readonly device: LinkedDevice
  readonly directory: Directory
  readonly groups: Groups
  readonly appStates: AppStates
  readonly media: MediaStore
}

export type Answer = BinaryNode[] | { readonly error: number; readonly text: string }

export type Handler = (query: Query) => Answer

export function toResponse(iq: BinaryNode, answer: Answer): BinaryNode {
  const { id, to } = iq.attrs
  if (Array.isArray(answer)) {
    return node('iq', { from: to, id, type: 'result' }, answer.length ? answer : undefined)
  }
  const error = node('error', { code: answer.error.toString(), text: answer.text })
  return node('iq', { from: to, id, type: 'error' }, [error])
}

import type { Account } from '../people/account.ts'
import type { AppStates } from '../people/app-state.ts'
import type { Directory } from '../people/directory.ts'
import type { Groups } from '../groups/groups.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { MediaStore } from '../media/media-store.ts'
import { node, type BinaryNode } from '../protocol/nodes.ts'

/** Holds an `iq` of a logged-in companion. */
export interface Query {
  readonly iq: BinaryNode
  readonly account: Account
  readonly device: LinkedDevice
  readonly directory: Directory
  readonly groups: Groups
  readonly appStates: AppStates
  readonly media: MediaStore
}

/** Holds the children of a result, or an error. */
export type QueryAnswer = BinaryNode[] | { readonly error: number; readonly text: string }

/** Answers one kind of query. */
export type Handler = (query: Query) => QueryAnswer

/** Builds the `iq` that carries an answer. */
export function toResponse(iq: BinaryNode, answer: QueryAnswer): BinaryNode {
  const { id, to } = iq.attrs
  if (Array.isArray(answer)) {
    return node('iq', { from: to, id, type: 'result' }, answer.length ? answer : undefined)
  }
  const error = node('error', { code: answer.error.toString(), text: answer.text })
  return node('iq', { from: to, id, type: 'error' }, [error])
}

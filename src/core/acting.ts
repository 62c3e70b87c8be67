import { ContextVariable } from '../util/context-variable.ts'
import type { Actor } from './audit.ts'

const acting = new ContextVariable<Actor>()

/** Runs `work` on behalf of an actor: the audit log attributes to it every change that `work` makes. */
export function actAs<R>(actor: Actor, work: () => R): R {
  return acting.run(actor, work)
}

/** Returns the actor on whose behalf the caller runs; undefined while the gateway acts on its own. */
export function currentActor(): Actor | undefined {
  return acting.get()
}

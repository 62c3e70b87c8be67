import { SessionCipher } from 'libsignal'

// libsignal's declarations leave these members out; they are what its own cipher uses.
interface SessionEntry {
  serialize(): object
  pendingPreKey?: unknown
}

interface Trials {
  decryptWithSessions(data: Buffer, sessions: SessionEntry[]): Promise<unknown>
}

/**
 * Undoes what a failed trial does to a session.
 *
 * A message may belong to any of the sessions with a device, so libsignal tries one after the other. A trial steps the ratchet
 * before the MAC shows that the session is the wrong one, and the record is stored with that step as soon as another session
 * fits: from then on the contact can decrypt nothing that we send ("Bad MAC"). It happens whenever a session is renewed while
 * a message on the old one is under way.
 */
export function isolateSessionTrials(): void {
  const cipher = SessionCipher.prototype as unknown as Trials
  const tryAll = cipher.decryptWithSessions
  cipher.decryptWithSessions = async function decryptWithSessions(this: Trials, data, sessions) {
    let failure: unknown
    for (const session of sessions) {
      const before = session.serialize()
      try {
        return await tryAll.call(this, data, [session])
      } catch (error) {
        // The first one is the session of the moment: its reason tells the most.
        failure ??= error
        restore(session, before)
      }
    }
    if (failure !== undefined) throw failure
    return tryAll.call(this, data, sessions)
  }
}

function restore(session: SessionEntry, before: object): void {
  const { deserialize } = session.constructor as unknown as { deserialize(data: object): SessionEntry }
  const original = deserialize.call(session.constructor, before)
  delete session.pendingPreKey
  Object.assign(session, original)
}

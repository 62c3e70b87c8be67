import { createCipheriv, randomBytes } from 'node:crypto'
import type { EventRecord } from '../../../src/core/events.ts'
import type { Sealed } from '../../../src/core/messages/sealed.ts'
import type { TestApp } from '../../support/app.ts'
import { eventsOf } from '../fixture.ts'

/** The secret in a message, from which the keys of later changes to it are derived. */
export const secret = Buffer.alloc(32, 9).toString('base64')

/** Seals as phones do, with a key that was derived for this very thing; `bound` is what it cannot be taken away from. */
export function sealWith(key: Buffer, plain: Uint8Array, bound = ''): Sealed {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(bound))
  const payload = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return { payload: payload.toString('base64'), iv: iv.toString('base64') }
}

/** Returns the events about a message, oldest first. */
export async function eventsAbout(app: TestApp, messageId: number): Promise<EventRecord[]> {
  const events = await eventsOf(app)
  return events.filter(({ data }) => (data as { messageId?: number }).messageId === messageId)
}

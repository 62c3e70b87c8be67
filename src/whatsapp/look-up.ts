import type { WASocket } from '@whiskeysockets/baileys'
import { phoneOf } from '../domain/jid.ts'
import { phoneSpellings } from '../domain/phone-spellings.ts'
import { wait } from '../util/clock.ts'

const deadlineMs = 12_000

/** The jid of a number as WhatsApp spells it; null where it knows none. Rejects where it does not answer in time. */
export async function lookUp(sock: Pick<WASocket, 'onWhatsApp'>, phone: string): Promise<string | null> {
  const answers = await Promise.race([
    sock.onWhatsApp(...phoneSpellings(phone)),
    wait(deadlineMs).then(() => undefined),
  ])
  if (answers === undefined) throw new Error('WhatsApp did not say whether the number exists')
  const found = answers.filter(({ exists }) => exists).map(({ jid }) => jid)
  return found.find((jid) => phoneOf(jid) === phone) ?? found[0] ?? null
}

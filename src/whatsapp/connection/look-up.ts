import type { WASocket } from '@whiskeysockets/baileys'
import { phoneOf } from '../../core/jid.ts'
import { phoneSpellings } from '../../core/phone/phone-spellings.ts'
import { wait } from '../../util/clock.ts'

const deadlineMs = 12_000

type LookUpSocket = Pick<WASocket, 'onWhatsApp' | 'signalRepository'>

/**
 * Looks a number up and returns its jid in WhatsApp's spelling; null if unknown. Also learns the person's LID, which
 * sending would ask for anyway, so that a known person is recognised before anything is sent. Rejects if WhatsApp
 * does not answer in time.
 */
export async function lookUp(sock: LookUpSocket, phone: string): Promise<string | null> {
  const answers = await Promise.race([
    sock.onWhatsApp(...phoneSpellings(phone)),
    wait(deadlineMs).then(() => undefined),
  ])
  if (answers === undefined) throw new Error('WhatsApp did not say whether the number exists')
  const found = answers.filter(({ exists }) => exists).map(({ jid }) => jid)
  const jid = found.find((each) => phoneOf(each) === phone) ?? found[0] ?? null
  // Not every account has a LID, and the message goes even without an answer.
  const lid = jid === null ? null : sock.signalRepository.lidMapping.getLIDForPN(jid).catch(() => null)
  await Promise.race([lid, wait(deadlineMs)])
  return jid
}

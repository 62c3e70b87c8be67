import type { ToolName } from '../rules/bot-tools.ts'
import {
  booked,
  cancelled,
  conditions,
  dataChanged,
  denials,
  orderTaken,
  personTold,
  ticketOpened,
} from './claim-phrases.ts'
import { patternOf, wordPattern } from './phrase-table.ts'
import type { PhraseForm } from './phrase-table.ts'
import { examined, folded } from './text.ts'

interface Claim {
  what: string
  /** Any of these, successful in the same turn, proves the claim. */
  proof: readonly ToolName[]
  said: RegExp
}

const claim = (what: string, proof: readonly ToolName[], forms: readonly PhraseForm[]): Claim => ({
  what,
  proof,
  said: new RegExp(String.raw`\b${patternOf(forms)}\b`),
})

/** Claims that the bot may only make once they are true. */
const claims: readonly Claim[] = [
  claim('an appointment was cancelled', ['cancel_appointment'], cancelled),
  claim('an appointment was booked', ['book_appointment', 'list_appointments'], booked),
  claim('a ticket was opened', ['open_ticket'], ticketOpened),
  claim('an order or a note of interest was taken', ['create_lead'], orderTaken),
  claim('a person was told', ['handover_to_human', 'open_ticket', 'create_lead'], personTold),
  claim(
    'something was saved or the customer was taken off the list',
    ['save_customer_field', 'opt_out'],
    dataChanged,
  ),
]

/** A negation right before the claim; further away, "no te preocupes" would excuse everything. */
const denied = new RegExp(String.raw`\b${wordPattern(denials)}\b[^,;:]{0,14}$`)
/** Says that it is not done yet, or conditional. */
const conditional = new RegExp(String.raw`\b${wordPattern(conditions)}\b[^,;:]{0,60}$`)

/** Returns the act that a text claims although no successful call did it; undefined if it makes no such claim. */
export function falseClaim(text: string, done: ReadonlySet<string>): string | undefined {
  // "Sí" and "si" are one word without accents, and opposites here.
  const sentences = folded(examined(text).replaceAll(/s\u00ed/giu, 'yes')).match(/[^.!?\n]+[.!?]*/g) ?? []
  for (const sentence of sentences) {
    if (sentence.trimEnd().endsWith('?')) continue
    for (const { what, proof, said } of claims) {
      const match = said.exec(sentence)
      if (!match) continue
      const before = sentence.slice(0, match.index)
      if (denied.test(before) || conditional.test(before)) continue
      if (!proof.some((tool) => done.has(tool))) return what
    }
  }
  return undefined
}

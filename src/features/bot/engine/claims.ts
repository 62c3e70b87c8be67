import type { ToolName } from '../rules/bot-tools.ts'
import { examined, folded } from './text.ts'

interface Claim {
  what: string
  /** Any of these, successful in the same turn, proves the claim. */
  proof: readonly ToolName[]
  said: RegExp
}

/** What the bot may only say once it is done, in its three languages, without accents. */
const claims: readonly Claim[] = [
  {
    what: 'an appointment was cancelled',
    proof: ['cancel_appointment'],
    said: /\b(?:(?:ha sido|fue|queda|quedo|esta|he|hemos|foi|esta|has been|have|was|is|i've|it's)\s+(?:tu |su |la |el |sua |seu |a |your |the )?(?:cita |turno |reserva |appointment |booking |horario )?(?:cancelad[oa]|cancell?ed|anulad[oa]|desmarcad[oa])|cancele (?:tu|su|la|el)|cancelei|anule (?:tu|su|la|el)|(?:cita|turno|reserva|agendamento|appointment|booking) (?:cancelad[oa]|anulad[oa]|cancell?ed))\b/,
  },
  {
    what: 'an appointment was booked',
    proof: ['book_appointment', 'list_appointments'],
    said: /\b(?:reservad[oa]s?|agendad[oa]s?|(?:he|hemos) (?:reservado|agendado)|(?:te|le|lo|la|os) (?:reserve|agende|anote|apunte)|(?:te|le) (?:espero|esperamos) (?:el|manana|hoy)|apuntad[oa]|anotad[oa] para|(?:cita|turno|reserva|visita) (?:esta |queda |quedo |ha quedado )?(?:confirmad[oa]|hech[oa]|list[oa])|confirmad[oa] (?:tu|su|la|el) (?:cita|turno|reserva)|(?:queda|quedo|ha quedado|esta) confirmad[oa]|(?:i have|i've|we have|we've|you are|you're|it's|it is|all) (?:now )?(?:booked|scheduled|set for|confirmed)|(?:appointment|booking|slot) (?:is|has been|was) (?:booked|confirmed|scheduled|set|made)|booked (?:you|your|it)|see you (?:on|tomorrow|at)|marquei|agendei|reservei|(?:esta|foi|ficou) (?:marcad[oa]|agendad[oa]|confirmad[oa]|reservad[oa])|(?:horario|agendamento|consulta) (?:marcad[oa]|confirmad[oa]|reservad[oa]))\b/,
  },
  {
    what: 'a ticket was opened',
    proof: ['open_ticket'],
    said: /\b(?:(?:he|hemos) (?:abierto|creado|registrado|generado)|(?:abri|cree|registre|genere) (?:un|el|tu|una|su)|(?:ticket|incidencia|reclamo|caso|chamado)\s?(?:numero|n[o°º]?\.?|#)?\s?(?:\d+ )?(?:ha sido |fue |foi |esta |queda |was |has been |is )?(?:abiert[oa]|cread[oa]|registrad[oa]|abert[oa]|criad[oa]|opened|created|filed)|(?:abri|criei|registrei) (?:um|o|seu)|(?:i have|i've|we've|we have) (?:opened|created|filed|logged|raised)|(?:opened|created|filed|logged|raised) a (?:support )?(?:ticket|case))\b/,
  },
  {
    what: 'an order or a note of interest was taken',
    proof: ['create_lead'],
    said: /\b(?:(?:pedido|encargo|compra|order|purchase|encomenda) (?:ha sido |fue |foi |esta |queda |quedo |is |was |has been )?(?:confirmad[oa]|registrad[oa]|hech[oa]|realizad[oa]|placed|confirmed|received|anotad[oa]|feit[oa])|(?:he|hemos) (?:registrado|anotado|tomado|tramitado) (?:tu|su|el)|(?:i have|i've|we've|we have) (?:placed|registered|processed|noted|taken) (?:your|the)|(?:registrei|anotei) (?:o|seu|sua)|(?:pago|pagamento|payment) (?:recibido|recebido|received|confirmad[oa]|confirmed))\b/,
  },
  {
    what: 'a person was told',
    proof: ['handover_to_human', 'open_ticket', 'create_lead'],
    said: /\b(?:(?:he|hemos) (?:avisado|informado|notificado|pasado)|(?:ya )?(?:avise|notifique|pase) (?:a|al|tu|su)|(?:te|le) (?:paso|derivo|transfiero|comunico|estoy pasando) (?:con|a)|(?:i have|i've|we've) (?:told|informed|notified|passed|forwarded|alerted)|(?:i am|i'm) (?:transferring|passing|connecting)|(?:avisei|informei|notifiquei|encaminhei)|(?:vou|estou) (?:te |lhe )?(?:transferir|transferindo|passando|passar) (?:voce |para|a)|(?:un|una) (?:companer[oa]|person[a]|colega|agente|asesor[a]?) (?:te|le) (?:contactara|escribira|llamara|atendera|respondera)|(?:a colleague|someone|somebody|a person|an agent|our team) will (?:contact|call|get back|write|reach)|(?:um|uma) (?:colega|pessoa|atendente) (?:vai|ira|entrara))\b/,
  },
  {
    what: 'something was saved or the customer was taken off the list',
    proof: ['save_customer_field', 'opt_out'],
    said: /\b(?:(?:he|hemos) (?:guardado|actualizado|eliminado|borrado) (?:tu|tus|su|sus)|(?:i have|i've|we've) (?:saved|updated|removed|deleted|unsubscribed) (?:your|you)|(?:salvei|atualizei|removi|apaguei) (?:o|a|seu|sua|seus|suas)|dado de baja|no recibiras mas|you will not receive|you won't receive)\b/,
  },
]

/** A negation right before the claim; further away, "no te preocupes" would excuse everything. */
const denied = /\b(?:no|not|n't|cannot|nao|nunca|never|sin|sem)\b[^,;:]{0,14}$/
/** Says that it is not done yet, or conditional. */
const conditional =
  /\b(?:aun no|todavia|cuando|once|if|si|se (?:voce|quiser|for|estiver|tudo)|quando|caso|when|after|despues|apos|una vez|antes|before|unless|puedo|podria|podemos|can i|could|shall|should|posso|quieres|desea|gostaria|would)\b[^,;:]{0,60}$/

/** Returns what a text claims was done although no successful call did it; undefined if it makes no such claim. */
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

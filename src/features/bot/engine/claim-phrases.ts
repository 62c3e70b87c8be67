import type { PhraseForm, Words } from './phrase-table.ts'

const your: Words = { es: 'tu, su, la, el', pt: 'sua, seu, a', en: 'your, the' }
const iHave: Words = { en: "i have, i've, we've, we have" }
const haveDone: Words = { es: 'he, hemos' }

/** An appointment was cancelled. */
export const cancelled: readonly PhraseForm[] = [
  [
    {
      es: 'ha sido, fue, queda, quedo, esta, he, hemos',
      pt: 'foi, esta',
      en: "has been, have, was, is, i've, it's",
    },
    { maybe: your },
    { maybe: { es: 'cita, turno, reserva', pt: 'horario', en: 'appointment, booking' } },
    { es: 'cancelad@, anulad@', pt: 'cancelad@, desmarcad@', en: 'cancelled, canceled' },
  ],
  [{ es: 'cancele, anule' }, { es: 'tu, su, la, el' }],
  [{ pt: 'cancelei' }],
  [
    { es: 'cita, turno, reserva', pt: 'agendamento, reserva', en: 'appointment, booking' },
    { es: 'cancelad@, anulad@', pt: 'cancelad@', en: 'cancelled, canceled' },
  ],
]

/** An appointment was booked. */
export const booked: readonly PhraseForm[] = [
  [{ es: 'reservad@, reservad@s, agendad@, agendad@s', pt: 'reservad@, agendad@' }],
  [haveDone, { es: 'reservado, agendado' }],
  [{ es: 'te, le, lo, la, os' }, { es: 'reserve, agende, anote, apunte' }],
  [{ es: 'te, le' }, { es: 'espero, esperamos' }, { es: 'el, manana, hoy' }],
  [{ es: 'apuntad@, anotad@ para' }],
  [
    { es: 'cita, turno, reserva, visita', pt: 'reserva, visita' },
    { maybe: { es: 'esta, queda, quedo, ha quedado', pt: 'esta' } },
    { es: 'confirmad@, hech@, list@', pt: 'confirmad@' },
  ],
  [{ es: 'confirmad@' }, { es: 'tu, su, la, el' }, { es: 'cita, turno, reserva' }],
  [
    { es: 'queda, quedo, ha quedado, esta', pt: 'esta' },
    { es: 'confirmad@', pt: 'confirmad@' },
  ],
  [
    { en: "i have, i've, we have, we've, you are, you're, it's, it is, all" },
    { maybe: { en: 'now' } },
    { en: 'booked, scheduled, set for, confirmed' },
  ],
  [
    { en: 'appointment, booking, slot' },
    { en: 'is, has been, was' },
    { en: 'booked, confirmed, scheduled, set, made' },
  ],
  [{ en: 'booked' }, { en: 'you, your, it' }],
  [{ en: 'see you' }, { en: 'on, tomorrow, at' }],
  [{ pt: 'marquei, agendei, reservei' }],
  [{ pt: 'esta, foi, ficou' }, { pt: 'marcad@, agendad@, confirmad@, reservad@' }],
  [{ pt: 'horario, agendamento, consulta' }, { pt: 'marcad@, confirmad@, reservad@' }],
]

/** A ticket's number, with its own spaces. */
const ticketNumber = { pattern: String.raw`\s?(?:numero|n[o°º]?\.?|#)?\s?(?:\d+ )?` }

/** A ticket was opened. */
export const ticketOpened: readonly PhraseForm[] = [
  [haveDone, { es: 'abierto, creado, registrado, generado' }],
  [{ es: 'abri, cree, registre, genere' }, { es: 'un, el, tu, una, su' }],
  [
    { es: 'ticket, incidencia, reclamo, caso', pt: 'ticket, chamado, caso', en: 'ticket' },
    ticketNumber,
    { maybe: { es: 'ha sido, fue, esta, queda', pt: 'foi, esta', en: 'was, has been, is' } },
    {
      es: 'abiert@, cread@, registrad@',
      pt: 'abert@, criad@, registrad@',
      en: 'opened, created, filed',
    },
  ],
  [{ pt: 'abri, criei, registrei' }, { pt: 'um, o, seu' }],
  [iHave, { en: 'opened, created, filed, logged, raised' }],
  [
    { en: 'opened, created, filed, logged, raised' },
    { en: 'a' },
    { maybe: { en: 'support' } },
    { en: 'ticket, case' },
  ],
]

/** An order or a note of interest was taken, or a payment came. */
export const orderTaken: readonly PhraseForm[] = [
  [
    { es: 'pedido, encargo, compra', pt: 'pedido, encomenda, compra', en: 'order, purchase' },
    {
      maybe: {
        es: 'ha sido, fue, esta, queda, quedo',
        pt: 'foi, esta',
        en: 'is, was, has been',
      },
    },
    {
      es: 'confirmad@, registrad@, hech@, realizad@, anotad@',
      pt: 'confirmad@, registrad@, realizad@, anotad@, feit@',
      en: 'placed, confirmed, received',
    },
  ],
  [haveDone, { es: 'registrado, anotado, tomado, tramitado' }, { es: 'tu, su, el' }],
  [iHave, { en: 'placed, registered, processed, noted, taken' }, { en: 'your, the' }],
  [{ pt: 'registrei, anotei' }, { pt: 'o, seu, sua' }],
  [
    { es: 'pago', pt: 'pagamento', en: 'payment' },
    { es: 'recibido, confirmad@', pt: 'recebido, confirmad@', en: 'received, confirmed' },
  ],
]

const passingOn: PhraseForm = [
  { pt: 'vou, estou' },
  { maybe: { pt: 'te, lhe' } },
  { pt: 'transferir, transferindo, passando, passar' },
]

/** A person was told, is being told, or will write. */
export const personTold: readonly PhraseForm[] = [
  [haveDone, { es: 'avisado, informado, notificado, pasado' }],
  [{ maybe: { es: 'ya' } }, { es: 'avise, notifique, pase' }, { es: 'a, al, tu, su' }],
  [{ es: 'te, le' }, { es: 'paso, derivo, transfiero, comunico, estoy pasando' }, { es: 'con, a' }],
  [{ en: "i have, i've, we've" }, { en: 'told, informed, notified, passed, forwarded, alerted' }],
  [{ en: "i am, i'm" }, { en: 'transferring, passing, connecting' }],
  [{ pt: 'avisei, informei, notifiquei, encaminhei' }],
  [...passingOn, { pt: 'para, a' }],
  // "Vou transferir você" alone is half a sentence: another word follows.
  [...passingOn, { pt: 'voce' }, { pattern: ' ' }],
  [
    { es: 'un, una' },
    { es: 'companer@, persona, colega, agente, asesor, asesora' },
    { es: 'te, le' },
    { es: 'contactara, escribira, llamara, atendera, respondera' },
  ],
  [
    { en: 'a colleague, someone, somebody, a person, an agent, our team' },
    { en: 'will' },
    { en: 'contact, call, get back, write, reach' },
  ],
  [{ pt: 'um, uma' }, { pt: 'colega, pessoa, atendente' }, { pt: 'vai, ira, entrara' }],
]

/** Phrases for saved data, and for a customer who was taken off the list. */
export const dataChanged: readonly PhraseForm[] = [
  [haveDone, { es: 'guardado, actualizado, eliminado, borrado' }, { es: 'tu, tus, su, sus' }],
  [
    { en: "i have, i've, we've" },
    { en: 'saved, updated, removed, deleted, unsubscribed' },
    { en: 'your, you' },
  ],
  [{ pt: 'salvei, atualizei, removi, apaguei' }, { pt: 'o, a, seu, sua, seus, suas' }],
  [{ es: 'dado de baja, no recibiras mas', en: "you will not receive, you won't receive" }],
]

/** Words that deny the claim after them. */
export const denials: Words = {
  es: 'no, nunca, sin',
  pt: 'nao, nunca, sem',
  en: "no, not, n't, cannot, never",
}

/** Words that make the claim after them conditional, or say that it is not done yet. */
export const conditions: Words = {
  es: 'aun no, todavia, cuando, si, despues, una vez, antes, puedo, podria, podemos, quieres, desea',
  pt: 'se voce, se quiser, se for, se estiver, se tudo, quando, caso, apos, posso, gostaria',
  en: 'once, if, when, after, before, unless, can i, could, shall, should, would',
}

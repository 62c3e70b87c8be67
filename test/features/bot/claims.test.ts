import { describe, expect, test } from 'vitest'
import { falseClaim } from '../../../src/features/bot/engine/claims.ts'
import { asksForPerson } from '../../../src/features/bot/engine/phrases.ts'
import type { Language } from '../../../src/core/phone/language.ts'
import type { ToolName } from '../../../src/features/bot/rules/bot-tools.ts'

const nothing: ReadonlySet<string> = new Set()

type Sentences = Record<Language, readonly string[]>

interface Case {
  what: string
  proof: ToolName
  /** Say that it is done. */
  said: Sentences
  /** Offer, ask, promise or deny it. */
  unsaid: Sentences
}

const cases: readonly Case[] = [
  {
    what: 'an appointment was cancelled',
    proof: 'cancel_appointment',
    said: {
      es: ['Tu cita ha sido cancelada.', 'Cancelé tu turno', 'Listo, la reserva anulada.'],
      pt: ['Cancelei o seu horário.', 'A reserva foi cancelada.', 'Agendamento cancelado'],
      en: ['Your appointment has been cancelled.', "It's canceled.", 'Booking canceled!'],
    },
    unsaid: {
      es: ['¿Quieres que la cancele?', 'No está cancelada.', 'Para cancelar, escríbeme.'],
      pt: ['Posso cancelar a reserva.', 'Quando a reserva foi cancelada', 'Quer cancelar?'],
      en: ['Shall I have it cancelled?', 'It was not cancelled.', 'You can cancel at any time.'],
    },
  },
  {
    what: 'an appointment was booked',
    proof: 'book_appointment',
    said: {
      es: [
        'Tu cita queda confirmada.',
        'Te agendé para mañana',
        'Sí, he reservado la mesa.',
        'Te espero el lunes',
      ],
      pt: ['Marquei para amanhã.', 'Seu horário está marcado.', 'Ficou agendado!'],
      en: ["You're booked for Monday.", 'Your appointment is confirmed.', 'See you tomorrow!'],
    },
    unsaid: {
      es: ['Cuando esté confirmada, te aviso.', '¿Está confirmada tu cita?', 'No he reservado nada.'],
      pt: ['Quando estiver marcado, aviso.', 'Não marquei nada.', 'Posso marcar para amanhã.'],
      en: ['Once it is booked, I will tell you.', "It isn't yet scheduled", 'Would you like to book?'],
    },
  },
  {
    what: 'a ticket was opened',
    proof: 'open_ticket',
    said: {
      es: ['He abierto una incidencia.', 'Ticket número 12 creado', 'Abrí un reclamo.'],
      pt: ['Abri um chamado.', 'Chamado nº 7 foi aberto', 'Registrei o seu caso'],
      en: ["I've opened a ticket.", 'Ticket #4 has been created', 'We have filed a support case.'],
    },
    unsaid: {
      es: [
        'Puedo decir que he abierto una incidencia si quieres.',
        '¿Abrí un reclamo?',
        'Aquí se abren tickets.',
      ],
      pt: ['Posso abrir um chamado.', 'Não abri um chamado', 'Quer um chamado aberto?'],
      en: [
        'I can open a ticket.',
        'Once I have opened a ticket, you will hear of it',
        'Do you want a ticket?',
      ],
    },
  },
  {
    what: 'an order or a note of interest was taken',
    proof: 'create_lead',
    said: {
      es: ['Tu pedido ha sido registrado.', 'He anotado tu pedido', 'Pago recibido.'],
      pt: ['Pedido registrado!', 'Anotei seu pedido', 'Pagamento confirmado.'],
      en: ['Your order has been placed.', "I've noted your order", 'Payment received.'],
    },
    unsaid: {
      es: ['¿Está confirmado tu pedido?', 'Aún no está el pedido confirmado', 'Haz tu pedido aquí.'],
      pt: ['Quando o pedido for confirmado, aviso.', 'Não anotei seu pedido', 'Faça seu pedido.'],
      en: [
        'After your order is placed, we pack it.',
        'Never was an order placed',
        'Please place your order.',
      ],
    },
  },
  {
    what: 'a person was told',
    proof: 'handover_to_human',
    said: {
      es: ['He avisado al equipo.', 'Te paso con Ana', 'Una persona te contactará pronto.'],
      pt: ['Avisei a equipe.', 'Vou transferir para a Ana.', 'Uma pessoa vai responder.'],
      en: ["I've informed the team.", "I'm transferring you", 'Our team will contact you.'],
    },
    unsaid: {
      es: ['¿Te paso con Ana?', 'Si quieres te paso con Ana', 'No he avisado a nadie.'],
      pt: ['Se quiser vou transferir para a Ana', 'Não avisei ninguém.', 'Quer falar com a Ana?'],
      en: ['If you wish our team will contact you', "I haven't told them", 'Can I connect you?'],
    },
  },
  {
    what: 'something was saved or the customer was taken off the list',
    proof: 'save_customer_field',
    said: {
      es: ['He guardado tu dirección.', 'Dado de baja.', 'No recibirás más mensajes'],
      pt: ['Salvei seu endereço.', 'Atualizei o cadastro', 'Apaguei seus dados'],
      en: ["I've updated your address.", 'You will not receive more messages', 'I have removed you'],
    },
    unsaid: {
      es: ['¿He guardado tu dirección?', 'Cuando sepa que he guardado tu dirección', 'Guarda este número.'],
      pt: ['Se você confirmar salvei seu endereço', 'Não salvei seu endereço', 'Posso salvar o endereço?'],
      en: [
        'Once I have saved your address, I will tell you',
        'Can I save your address?',
        'Save this number.',
      ],
    },
  },
]

const languages = ['es', 'pt', 'en'] as const
const rows = (kind: 'said' | 'unsaid') =>
  cases.flatMap(({ what, proof, [kind]: sentences }) =>
    languages.flatMap((language) => sentences[language].map((text) => ({ what, proof, language, text }))),
  )

describe('a draft of the bot', () => {
  test.each(rows('said'))('claims in $language that $what: $text', ({ text, what, proof }) => {
    expect(falseClaim(text, nothing)).toBe(what)
    expect(falseClaim(text, new Set([proof]))).not.toBe(what)
  })

  test.each(rows('unsaid'))('does not claim in $language that $what: $text', ({ text, what }) => {
    expect(falseClaim(text, nothing)).not.toBe(what)
  })
})

const wishes: Record<'asks' | 'does not ask', Sentences> = {
  asks: {
    es: [
      'Quiero hablar con una persona',
      'Pásame con un agente',
      'Una persona, por favor',
      'pásame con alguien real',
    ],
    pt: ['Quero falar com um atendente', 'Preciso falar com uma pessoa', 'atendente'],
    en: ['I want to talk to a human', 'Get me a real person', 'agent please', 'speak to someone'],
  },
  'does not ask': {
    es: ['¿Cuántas personas caben?', 'Soy una persona mayor', 'Quiero un turno', ''],
    pt: ['Quantas pessoas cabem?', 'Quero um horário', 'Obrigado'],
    en: ['How many people fit?', 'I want a haircut', 'Thanks'],
  },
}

describe('a customer', () => {
  const asked = (kind: keyof typeof wishes) =>
    languages.flatMap((language) => wishes[kind][language].map((text) => [language, text] as const))

  test.each(asked('asks'))('asks for a person in %s: %j', (_, text) => {
    expect(asksForPerson(text)).toBe(true)
  })

  test.each(asked('does not ask'))('does not ask for a person in %s: %j', (_, text) => {
    expect(asksForPerson(text)).toBe(false)
  })
})

import type { BotPurpose } from '../../../../src/core/settings.ts'
import type { ChatRequest, ScriptedReply } from '../../../../src/sandbox/model-server.ts'
import { customerWords, toolResults } from './bot-app.ts'

/** A customer's message, the model's tool calls, and its answer. */
interface Step {
  says: string
  calls: { name: string; arguments: object }[]
  answers: string
}

export interface Story {
  name: string
  purpose: BotPurpose
  steps: Step[]
}

export const tool = (name: string, given: object = {}) => ({ name, arguments: given })

/** The knowledge that the stories need. */
export const envios = { title: 'Envíos', body: 'Enviamos a todo el país en 3 días.' }
export const shampoo = {
  sku: 'CH-1',
  name: 'Champú de romero',
  description: '250 ml',
  price: '8,50 €',
  stock: 3,
}

/**
 * A whole conversation for each purpose in each language. `date` is an open day on which haircuts of half an hour begin at
 * 9:00, 9:30, …; the product is the first of the catalogue.
 */
export function storiesOn(date: string): Story[] {
  const [, month = '', day = ''] = date.split('-')
  const inEnglish = `${months[Number(month) - 1]} ${Number(day)}`
  return [...attending, ...scheduling({ date, on: `${day}/${month}`, inEnglish }), ...supporting, ...selling]
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const attending: Story[] = [
  {
    name: 'attend in Spanish',
    purpose: 'attend',
    steps: [
      {
        says: 'Hola, ¿hacen envíos a todo el país?',
        calls: [tool('search_knowledge', { query: 'envios' })],
        answers: 'Sí, enviamos a todo el país en 3 días.',
      },
      {
        says: '¿Y cuánto sale el corte?',
        calls: [tool('get_business_info')],
        answers: 'El corte sale 15 €.',
      },
    ],
  },
  {
    name: 'attend in Portuguese',
    purpose: 'attend',
    steps: [
      {
        says: 'Olá, bom dia! Vocês enviam para todo o país?',
        calls: [tool('search_knowledge', { query: 'envíos' })],
        answers: 'Sim, enviamos para todo o país em 3 dias.',
      },
      {
        says: 'E quanto custa o corte, por favor? Obrigado',
        calls: [tool('get_business_info')],
        answers: 'O corte custa 15 €, você quer marcar?',
      },
    ],
  },
  {
    name: 'attend in English',
    purpose: 'attend',
    steps: [
      {
        says: 'Hello, do you ship to the whole country?',
        calls: [tool('search_knowledge', { query: 'envíos' })],
        answers: 'Yes, we ship to the whole country in 3 days.',
      },
      {
        says: 'And how much is the haircut, please?',
        calls: [tool('get_business_info')],
        answers: 'The haircut is 15 €, would you like one?',
      },
    ],
  },
]

function scheduling({ date, on, inEnglish }: { date: string; on: string; inEnglish: string }): Story[] {
  return [
    {
      name: 'schedule in Spanish',
      purpose: 'schedule',
      steps: [
        {
          says: 'Hola, quería un turno para un corte, ¿qué tienen?',
          calls: [tool('check_availability', { service: 'corte', date })],
          answers: `Tenemos el ${on} a las 9:00, a las 10:00 y a las 10:30. ¿Cuál prefieres?`,
        },
        {
          says: 'A las 10:00, por favor',
          calls: [tool('book_appointment', { service: 'Corte', start: `${date}T10:00` })],
          answers: `Listo, agendé tu corte para el ${on} a las 10:00.`,
        },
      ],
    },
    {
      name: 'schedule in Portuguese',
      purpose: 'schedule',
      steps: [
        {
          says: 'Olá, bom dia, vocês têm horário para um corte?',
          calls: [tool('check_availability', { service: 'corte', date })],
          answers: 'Temos às 9:00, às 10:30 e às 11:00. Qual você prefere?',
        },
        {
          says: 'às 10:30, por favor, obrigado',
          calls: [tool('book_appointment', { service: 'corte', start: `${date}T10:30` })],
          answers: `Pronto, agendei seu corte para o dia ${on} às 10:30.`,
        },
      ],
    },
    {
      name: 'schedule in English',
      purpose: 'schedule',
      steps: [
        {
          says: 'Hi, can you book me for a haircut at 9:30 please?',
          calls: [tool('book_appointment', { service: 'Corte', start: `${date}T09:30` })],
          answers: `You're booked for ${inEnglish} at 9:30.`,
        },
        {
          says: 'Sorry, I have to cancel it, please',
          calls: [tool('list_appointments'), tool('cancel_appointment', { appointment_id: 1 })],
          answers: 'Your appointment is cancelled, thank you.',
        },
      ],
    },
  ]
}

const supporting: Story[] = [
  {
    name: 'support in Spanish',
    purpose: 'support',
    steps: [
      {
        says: 'Hola, la caja llegó rota, ¿qué puedo hacer?',
        calls: [
          tool('search_knowledge', { query: 'caja rota' }),
          tool('open_ticket', { subject: 'Caja rota', description: 'La caja llegó rota' }),
        ],
        answers: 'Lo siento mucho. He abierto un ticket con tu problema y lo miraremos.',
      },
    ],
  },
  {
    name: 'support in Portuguese',
    purpose: 'support',
    steps: [
      {
        says: 'Olá, a caixa chegou quebrada, o que vocês podem fazer para mim?',
        calls: [tool('open_ticket', { subject: 'Caixa quebrada', description: 'A caixa chegou quebrada' })],
        answers: 'Sinto muito por isso. Abri um chamado para você e vamos olhar.',
      },
    ],
  },
  {
    name: 'support in English',
    purpose: 'support',
    steps: [
      {
        says: 'Hello, my box is broken, what can you do for me?',
        calls: [
          tool('search_knowledge', { query: 'broken box' }),
          tool('open_ticket', { subject: 'Broken box', description: 'The box is broken' }),
        ],
        answers: "I'm sorry to hear that. I've opened a ticket for you and we will look at it.",
      },
    ],
  },
]

const selling: Story[] = [
  {
    name: 'sell in Spanish',
    purpose: 'sell',
    steps: [
      {
        says: 'Hola, ¿tienen champú y cuánto cuesta?',
        calls: [tool('search_products', { query: 'champú' })],
        answers: 'Sí, el champú de romero cuesta 8,50 €.',
      },
      {
        says: 'Me interesan dos, por favor',
        calls: [tool('create_lead', { interest: 'dos champús', product_id: 1 })],
        answers: 'Hemos anotado tu interés en el champú.',
      },
    ],
  },
  {
    name: 'sell in Portuguese',
    purpose: 'sell',
    steps: [
      {
        says: 'Oi, quanto custa o champú para mim, por favor?',
        calls: [tool('search_products', { query: 'champú' })],
        answers: 'O champú custa 8,50 €, você quer um?',
      },
    ],
  },
  {
    name: 'sell in English',
    purpose: 'sell',
    steps: [
      {
        says: 'Hello, what is the price of the shampoo, please?',
        calls: [tool('search_products', { query: 'champú' })],
        answers: 'The rosemary shampoo is 8,50 €, would you like one?',
      },
      {
        says: 'Yes please, I want two of them',
        calls: [tool('create_lead', { interest: 'two shampoos', product_id: 1 })],
        answers: 'Thank you, we have noted that you want the shampoo.',
      },
    ],
  },
]

/** A model that does what the stories say. */
export function playing(stories: readonly Pick<Story, 'steps'>[]): (request: ChatRequest) => ScriptedReply {
  const steps = stories.flatMap((story) => story.steps)
  return (request) => {
    const said = customerWords(request).at(-1)
    const step = steps.find(({ says }) => says === said)
    const call = step?.calls[toolResults(request).length]
    return call ? { calls: [call] } : { text: step?.answers ?? '?' }
  }
}

import type { HistoryChat } from './people/account.ts'
import type { Customer } from './people/customer.ts'
import type { Phone } from './people/phone.ts'
import type { Sandbox } from './sandbox.ts'

/** Holds the people of the demo. */
export interface Demo {
  readonly phone: Phone
  readonly customers: Customer[]
}

const owner = { number: '34600000001', name: 'Panadería Aurora' }
const hourMs = 3_600_000

/** Creates an owner's phone and two customers who have written before. Idempotent. */
export function seedDemo(sandbox: Sandbox): Demo {
  const phone = sandbox.phone(owner.number, { name: owner.name })
  const lucia = sandbox.customer('34611223344', { name: 'Lucía Fernández' })
  const joao = sandbox.customer('5511987654321', { name: 'João Pereira' })
  if (phone.history.length === 0) phone.history = [chatWithLucia(lucia.number), chatWithJoao(joao.number)]
  return { phone, customers: [lucia, joao] }
}

function chatWithLucia(number: string): HistoryChat {
  const start = Date.now() - 26 * hourMs
  return {
    with: number,
    messages: [
      { fromMe: false, text: '¡Hola! ¿Hacéis tartas sin gluten?', timestamp: start },
      {
        fromMe: true,
        text: 'Hola, Lucía. Sí, por encargo, con dos días de antelación.',
        timestamp: start + 180_000,
      },
      { fromMe: false, text: 'Perfecto, quería una para el sábado 🎂', timestamp: start + 240_000 },
      { fromMe: true, text: 'Apuntada. ¿Para cuántas personas?', timestamp: start + 300_000 },
      { fromMe: false, text: 'Seremos diez.', timestamp: start + 420_000 },
    ],
  }
}

function chatWithJoao(number: string): HistoryChat {
  const start = Date.now() - 5 * hourMs
  return {
    with: number,
    unread: 1,
    addressing: 'lid',
    messages: [
      { fromMe: false, text: 'Bom dia! Vocês abrem no domingo?', timestamp: start },
      { fromMe: true, text: 'Bom dia, João! Sim, das 8h às 14h.', timestamp: start + 120_000 },
      { fromMe: false, text: 'Obrigado! Guardam dois pães de centeio pra mim?', timestamp: start + 200_000 },
    ],
  }
}

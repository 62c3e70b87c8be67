const jid = '5491112345678@s.whatsapp.net'
const at = '2026-03-25T14:00:00.000Z'

export const turns = {
  turns: [
    {
      id: 17,
      jid,
      kind: 'reply',
      state: 'done',
      outcome: 'answered',
      reason: null,
      say: null,
      firstMessageId: 1003,
      lastMessageId: 1004,
      openedAt: at,
      dueAt: at,
      finishedAt: at,
      aborts: 0,
      attempts: 1,
      answer: 'El corte sale 15 €.',
      messageIds: [1005],
      tools: [{ name: 'get_business_info', arguments: '{}', ok: true, result: '{"services":[]}' }],
      checks: [
        {
          attempt: 1,
          rule: 'amount',
          detail: 'The amount EUR:12 is nowhere in the business’s data.',
          draft: 'Sale 12 €.',
        },
      ],
      model: 'gpt-5-mini',
      prompt: { version: '1', hash: '9f86d081884c7d65' },
      tokens: { input: 812, output: 41 },
      cost: null,
      modelMs: 1240,
      overheadMs: 9,
    },
  ],
}

export const chat = {
  jid,
  mayAnswer: false,
  reason: 'human',
  say: 'A person has taken over this chat.',
  until: '2026-03-25T16:00:00.000Z',
}

export const appointment = {
  id: 3,
  jid,
  service: 'Corte',
  start: at,
  end: '2026-03-25T14:30:00.000Z',
  note: null,
  status: 'booked',
}

export const ticket = {
  id: 5,
  jid,
  subject: 'La caja llegó rota',
  description: 'Pide que se la cambien.',
  status: 'open',
  createdAt: at,
}

export const product = {
  sku: 'TARTA-01',
  name: 'Tarta de manzana',
  description: 'Para ocho',
  price: '18 €',
  stock: 4,
}

export const lead = { id: 8, jid, productId: 2, interest: 'Dos tartas para el sábado', createdAt: at }

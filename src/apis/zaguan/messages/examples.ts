const jid = '5491112345678@s.whatsapp.net'
const timestamp = '2026-03-25T14:00:00.000Z'

export const message = {
  id: 1004,
  jid,
  direction: 'outgoing',
  text: 'Hola, tu turno es mañana a las 15 h',
  status: 'delivered',
  reason: null,
  say: 'It reached the recipient’s phone.',
  timestamp,
  createdAt: timestamp,
  sentAt: timestamp,
  deliveredAt: timestamp,
  readAt: null,
  expiresAt: '2026-03-26T14:00:00.000Z',
  queue: null,
}

export const found = {
  results: [
    {
      id: 1003,
      jid,
      chatName: 'Juan',
      kind: 'text',
      direction: 'incoming',
      timestamp: '2026-03-25T14:00:00.000Z',
      text: '¿Tenéis turno mañana?',
      excerpt: '¿Tenéis <mark>turno</mark> <mark>mañana</mark>?',
      highlights: [
        { start: 8, end: 13 },
        { start: 14, end: 20 },
      ],
    },
  ],
  nextCursor: '1774447200-1003',
}

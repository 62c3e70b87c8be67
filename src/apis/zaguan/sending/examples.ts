const timestamp = '2026-03-25T14:00:00.000Z'
const until = '2026-03-26T12:00:00.000Z'

const held = {
  reason: 'limit',
  say: 'The safe daily number of messages to people who never wrote is reached.',
  until,
}

export const outbox = {
  waiting: 1,
  classes: [
    { class: 'reply', waiting: 0, held: null },
    { class: 'known', waiting: 0, held: null },
    { class: 'cold', waiting: 1, held },
  ],
  reasons: [],
  messages: [
    {
      id: 1044,
      jid: '5491112345678@s.whatsapp.net',
      class: 'cold',
      text: 'Hola, abrimos los sábados',
      createdAt: timestamp,
      expiresAt: '2026-03-26T14:00:00.000Z',
      reason: null,
      queue: { class: 'cold', place: 1, expectedAt: until, held },
    },
  ],
  next: null,
}

export const batch = {
  id: 7,
  total: 40,
  rejected: 1,
  waiting: 20,
  sent: 19,
  delivered: 17,
  read: 9,
  failed: 0,
  cancelled: 0,
  createdAt: timestamp,
  cancelledAt: null,
  expectedEnd: until,
}

export const scheduleBody = {
  to: ['5491112345678'],
  message: 'Menú de hoy: lentejas',
  cron: '0 12 * * 1',
  timeZone: 'America/Argentina/Buenos_Aires',
}

export const schedule = {
  id: 3,
  to: ['5491112345678@s.whatsapp.net'],
  message: 'Menú de hoy: lentejas',
  template: null,
  carries: [],
  category: 'transactional',
  cron: '0 12 * * 1',
  timeZone: 'America/Argentina/Buenos_Aires',
  ifMissed: 'send',
  respectQuietHours: true,
  status: 'active',
  nextAt: '2026-03-30T15:00:00.000Z',
  lastAt: null,
  lastError: null,
  lastBatchId: null,
  createdAt: timestamp,
}

const timestamp = '2026-03-25T14:00:00.000Z'

export const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='

export const create = {
  name: 'Mi Webhook',
  url: 'https://mi-servidor.com/webhook',
  events: ['message.received', 'conversation.created'],
}

export const update = { events: ['message.*'] }

export const webhook = {
  id: 1,
  accountId: 1,
  account: 'wha_1',
  ...create,
  format: 'botssy',
  headers: [],
  isActive: true,
  disabledReason: null,
  source: 'api',
  oldSecretUntil: null,
  pending: 0,
  failingSince: null,
  down: false,
  pausedUntil: null,
  lastSuccessAt: timestamp,
  createdAt: timestamp,
  updatedAt: timestamp,
}

export const events = [{ name: 'message.received', description: 'A customer wrote.' }]

export const attempt = {
  attempt: 1,
  trigger: 'event',
  success: false,
  statusCode: 500,
  durationMs: 31,
  error: 'http_status',
  message: 'The receiver refused it.',
  response: 'Internal Server Error',
  nextAttemptAt: '2026-03-25T14:00:05.100Z',
  timestamp,
}

export const logs = {
  data: [
    {
      id: 9,
      eventId: 'evt_01JQ6Z5V8G3M4N5P6Q7R8S9T0V',
      seq: 42,
      event: 'message.received',
      status: 'retrying',
      createdAt: timestamp,
      nextAttemptAt: attempt.nextAttemptAt,
      attempts: [attempt],
    },
  ],
  pagination: { total: 1, limit: 50, offset: 0 },
}

const created_at = '2023-04-08T12:00:00Z'

export const messageBody = {
  to: '+1234567890',
  type: 'text',
  content: 'Hello! How can we help you today?',
}

export const message = {
  id: 'msg_54321',
  account_id: 'wha_12345',
  ...messageBody,
  status: 'queued',
  created_at,
}

export const messageState = {
  ...message,
  from: '+5491138620812',
  direction: 'outgoing',
  status: 'delivered',
  say: 'It reached the recipient’s phone.',
  updated_at: created_at,
} as const

export const scheduled = {
  id: 'sch_7',
  schedule_id: 7,
  account_id: 'wha_12345',
  ...messageBody,
  status: 'scheduled',
  send_at: '2023-04-09T07:00:00Z',
  time_zone: 'Europe/Madrid',
  created_at,
}

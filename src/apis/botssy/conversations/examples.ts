const phone = '+5491162328014'
const at = '2026-03-25T10:00:00Z'

export const conversation = {
  id: 123,
  userPhone: phone,
  channel: 'whatsapp',
  status: 'in_progress',
  createdAt: at,
  updatedAt: at,
  customer: { id: 456, name: 'Juan Pérez', phone },
  Bot: { id: 1, name: 'Soporte' },
  botEnabled: true,
  operatorId: null,
  _count: { messages: 12 },
}

export const conversations = { data: [conversation], pagination: { total: 150, limit: 50, offset: 0 } }

export const sent = {
  id: 1003,
  conversationId: 123,
  role: 'assistant',
  content: 'Hola, ¿en qué puedo ayudarte?',
  timestamp: '2026-03-25T10:06:00Z',
  mediaId: null,
}

export const scheduled = {
  scheduleId: 7,
  conversationId: 123,
  role: 'assistant',
  content: 'Hola, ¿en qué puedo ayudarte?',
  status: 'scheduled',
  sendAt: '2026-03-26T09:00:00Z',
  timeZone: 'Europe/Madrid',
}

export const messages = {
  data: [{ ...sent, id: 1002, role: 'user', content: 'Hola' }, sent],
  pagination: { total: 12, limit: 50, offset: 0 },
}

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

export const customer = {
  id: 456,
  name: 'Juan Pérez',
  phone,
  email: 'juan@ejemplo.com',
  tags: ['vip'],
  company: 'Empresa SRL',
  notes: 'Cliente preferencial',
  customFields: { plan: 'premium' },
  lastMessage: at,
  acceptsMarketing: true,
  createdAt: at,
  _count: { conversations: 8 },
}

export const customers = { data: [customer], pagination: { total: 512, limit: 50, offset: 0 } }

export const customerBody = { name: 'María García', phone: '+5491155667788', email: 'maria@ejemplo.com' }

export const exported = {
  customer,
  conversations: [conversation],
  messages: messages.data,
  exportedAt: '2026-03-25T14:30:00Z',
  pushName: 'María',
  addresses: ['5491155667788@s.whatsapp.net'],
  consent: { acceptsMarketing: true, saidAt: '2026-03-01T12:00:00.000Z' },
  chats: [],
  groups: [],
  namesInGroups: [],
  contactNames: [],
  groupMessages: [],
  groupMarks: [],
  appointments: [],
  tickets: [],
  leads: [],
  turns: [],
  schedules: [],
}

export const agent = {
  id: 1,
  name: 'Soporte General',
  description: 'Atiende consultas generales',
  isActive: true,
  bots: [{ id: 1, name: 'Bot Principal' }],
  purpose: 'support',
  guardrails: null,
  instructions: null,
}

export const agentBody = {
  name: 'Soporte General',
  description: 'Atiende consultas generales',
  purpose: 'support',
  botIds: [1],
}

export const bot = {
  id: 1,
  name: 'Bot Principal',
  isActive: true,
  purpose: 'support',
  agents: [{ id: 1, name: 'Soporte General', isActive: true }],
  channels: [{ id: 1, type: 'whatsapp', phone, status: 'connected' }],
}

export const overview = {
  totalConversations: 500,
  conversationsThisMonth: 45,
  totalCustomers: 512,
  activeConversations: 8,
  period: { start: '2026-03-01T00:00:00Z', end: '2026-03-25T14:30:00.000Z' },
}

export const success = { success: true }

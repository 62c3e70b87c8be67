import { conversation, messages } from '../conversations/examples.ts'

const phone = '+5491162328014'
const at = '2026-03-25T10:00:00Z'

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

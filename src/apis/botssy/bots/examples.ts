const phone = '+5491162328014'

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

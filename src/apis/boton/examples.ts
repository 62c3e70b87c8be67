const jid = '5491112345678@s.whatsapp.net'
const timestamp = '2026-03-25T14:00:00.000Z'

export const chats = {
  chats: [
    {
      jid,
      name: 'Juan',
      lastMessage: { text: 'hola', direction: 'incoming', timestamp },
      messageCount: 8,
      botEnabled: true,
    },
  ],
  total: 45,
  page: 0,
  hasMore: true,
}

export const transcript = {
  jid,
  messages: [{ id: 1003, text: 'hola', direction: 'incoming', timestamp, botGenerated: false }],
}

export const sendBody = { to: '5491112345678', message: 'Hola, tu turno es mañana a las 15 h' }

export const sendAnswer = {
  success: true,
  results: [{ to: '5491112345678', jid, status: 'queued', messageId: 1004, error: null }],
  jid,
  messageId: 1004,
  status: 'queued',
}

export const configBody = {
  botPurpose: 'attend',
  botNewChats: true,
  customInstructions: 'Responde solo en español',
}

export const configAnswer = {
  success: true,
  config: { businessName: 'Mi Negocio', businessDescription: '', guardrails: '', ...configBody },
}

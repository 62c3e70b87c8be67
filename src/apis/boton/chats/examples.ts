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

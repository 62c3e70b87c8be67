const jid = '5491112345678@s.whatsapp.net'

export const sendBody = { to: '5491112345678', message: 'Hola, tu turno es mañana a las 15 h' }

export const sendAnswer = {
  success: true,
  results: [{ to: '5491112345678', jid, status: 'queued', messageId: 1004, error: null }],
  jid,
  messageId: 1004,
  status: 'queued',
}

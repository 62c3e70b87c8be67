export const group = {
  jid: '120363012345678901@g.us',
  name: 'Vecinos del 4.º',
  description: 'Avisos de la escalera',
  isMember: true,
  onlyAdminsWrite: false,
  onlyAdminsEdit: true,
  onlyAdminsAdd: false,
  joinApproval: false,
  disappearsAfter: 604_800,
  members: [
    { jid: '5491112345678@s.whatsapp.net', name: 'Juan', role: 'superadmin' },
    { jid: '123456789012345@lid', name: 'María', role: 'member' },
  ],
}

const jid = '5491112345678@s.whatsapp.net'

export const read = { success: true, jid, read: 3, told: true }

export const typing = { success: true, jid, typing: true }

export const found = {
  results: [
    {
      id: 1003,
      jid,
      chatName: 'Juan',
      kind: 'text',
      direction: 'incoming',
      timestamp: '2026-03-25T14:00:00.000Z',
      text: '¿Tenéis turno mañana?',
      excerpt: '¿Tenéis <mark>turno</mark> <mark>mañana</mark>?',
      highlights: [
        { start: 8, end: 13 },
        { start: 14, end: 20 },
      ],
    },
  ],
  nextCursor: '1774447200-1003',
}

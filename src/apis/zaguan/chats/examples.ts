const jid = '5491112345678@s.whatsapp.net'
const timestamp = '2026-03-25T14:00:00.000Z'

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

export const read = { success: true, jid, read: 3, told: true }

export const typing = { success: true, jid, typing: true }

export const chat = { jid, name: 'Juan', botEnabled: true, untouchable: true, unreadCount: 0 }

export const older = { requested: 50, before: timestamp }

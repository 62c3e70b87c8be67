export const group = {
  jid: '120363012345678901@g.us',
  name: 'Vecinos del 4.º',
  description: 'Avisos de la escalera',
  isMember: true,
  onlyAdminsWrite: false,
  members: [
    { jid: '5491112345678@s.whatsapp.net', name: 'Juan', role: 'superadmin' },
    { jid: '123456789012345@lid', name: 'María', role: 'member' },
  ],
}

const jid = '5491112345678@s.whatsapp.net'

export const read = { success: true, jid, read: 3, told: true }

export const typing = { success: true, jid, typing: true }

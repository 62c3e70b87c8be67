const jid = '5491112345678@s.whatsapp.net'
const timestamp = '2026-03-25T14:00:00.000Z'

export const status = {
  business: 'Mi Negocio',
  connected: true,
  phone: '5491138620812',
  botPurpose: 'attend',
  botNewChats: false,
  activeBotChats: 12,
  untouchableChats: 2,
  api: { status: 'ok', version: '0.1.0', time: timestamp },
  account: {
    plan: 'enterprise',
    keyPrefix: 'bsk_live_4fJ2',
    mode: 'live',
    permissions: ['admin'],
    limits: { perMinute: 300, perDay: null },
  },
  connection: {
    state: 'open',
    say: 'Connected to WhatsApp.',
    reason: null,
    attempt: null,
    since: timestamp,
    until: null,
    drops: 0,
  },
  outbox: { waiting: 0, oldest: null, reason: null },
  newChats: { held: null, cap: 'none', total: null, used: null, checkedAt: null },
  journal: { waiting: 0, setAside: 0 },
  history: {
    state: 'done',
    percent: 100,
    whole: false,
    messages: 4210,
    partsWaiting: 0,
    partsFailed: 0,
    reason: null,
    retryAt: null,
  },
  webhooks: { pending: 0, oldestPending: null, failing: [] },
  model: { state: 'ok', say: 'The language model answers.', since: null },
  accounts: [
    { id: 'wha_1', name: 'Mi Negocio', phone: '5491138620812', state: 'open', say: 'Connected to WhatsApp.' },
  ],
}

export const message = {
  id: 1004,
  jid,
  direction: 'outgoing',
  text: 'Hola, tu turno es mañana a las 15 h',
  status: 'delivered',
  reason: null,
  say: 'It reached the recipient’s phone.',
  timestamp,
  createdAt: timestamp,
  sentAt: timestamp,
  deliveredAt: timestamp,
  readAt: null,
  expiresAt: '2026-03-26T14:00:00.000Z',
  queue: null,
}

export const chat = { jid, name: 'Juan', botEnabled: true, untouchable: true, unreadCount: 0 }

export const older = { requested: 50, before: timestamp }

export const config = {
  config: {
    businessName: 'Mi Negocio',
    businessDescription: '',
    botPurpose: 'attend',
    guardrails: '',
    customInstructions: 'Responde solo en español',
    botNewChats: true,
  },
  sources: {
    businessName: 'file',
    businessDescription: 'default',
    botPurpose: 'default',
    guardrails: 'default',
    customInstructions: 'api',
    botNewChats: 'api',
  },
}

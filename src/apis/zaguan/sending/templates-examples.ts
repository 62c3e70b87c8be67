const timestamp = '2026-03-25T14:00:00.000Z'

export const templateBody = {
  name: 'order-ready',
  texts: {
    es: 'Hola {{customer.name}}, tu pedido {{order}} está listo.',
    en: 'Hello {{customer.name}}, your order {{order}} is ready.',
  },
}

export const template = {
  ...templateBody,
  variables: ['customer.name', 'order'],
  createdAt: timestamp,
  updatedAt: timestamp,
}

export const previewBody = { to: '5491112345678', variables: { order: 'A-17' } }

export const preview = {
  text: 'Hola Juan, tu pedido A-17 está listo.',
  language: 'es',
  variables: [
    { name: 'customer.name', value: 'Juan' },
    { name: 'order', value: 'A-17' },
  ],
  missing: [],
}

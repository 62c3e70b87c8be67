export const overview = {
  totalConversations: 500,
  conversationsThisMonth: 45,
  totalCustomers: 512,
  activeConversations: 8,
  period: { start: '2026-03-01T00:00:00Z', end: '2026-03-25T14:30:00.000Z' },
}

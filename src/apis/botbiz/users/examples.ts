const created_at = '2023-04-08T12:00:00Z'

export const users = { data: [{ id: 'usr_1', name: 'Owner', role: 'owner', created_at }] }

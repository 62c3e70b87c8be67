/** What a key may do. The first ten are Botssy's, the rest the gateway's own; `admin` includes all. */
export const scopes = [
  'read:conversations',
  'write:conversations',
  'read:messages',
  'write:messages',
  'read:customers',
  'write:customers',
  'read:bots',
  'read:agents',
  'read:analytics',
  'read:webhooks',
  'write:webhooks',
  'read:config',
  'write:config',
  'read:accounts',
  'write:accounts',
  'admin',
] as const

export type Scope = (typeof scopes)[number]

export function grants(held: readonly Scope[], needed: Scope): boolean {
  return held.includes('admin') || held.includes(needed)
}

/** Everything that a program of the business may need: all but making keys. */
export const fullScopes: readonly Scope[] = scopes.filter((scope) => scope !== 'admin')

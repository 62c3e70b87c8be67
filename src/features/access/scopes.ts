/** The rights of a key. The first ten are Botssy's, the rest our own; `admin` includes all. */
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

/** Names a right of a key. */
export type Scope = (typeof scopes)[number]

/** Tells whether the held scopes include the needed one. */
export function grants(held: readonly Scope[], needed: Scope): boolean {
  return held.includes('admin') || held.includes(needed)
}

/** Everything that a program of the business may need: all but key management. */
export const fullScopes: readonly Scope[] = scopes.filter((scope) => scope !== 'admin')

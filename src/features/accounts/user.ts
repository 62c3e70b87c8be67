export const userRoles = ['owner', 'operator'] as const
type UserRole = (typeof userRoles)[number]

/** A person who answers or administers the gateway. */
export interface User {
  id: number
  name: string
  role: UserRole
  createdAt: Date
}

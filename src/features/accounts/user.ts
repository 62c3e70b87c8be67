export const userRoles = ['owner', 'operator'] as const
type UserRole = (typeof userRoles)[number]

/** Describes a person who answers or administers the gateway. */
export interface User {
  id: number
  name: string
  role: UserRole
  createdAt: Date
}

export const userRoles = ['owner', 'operator'] as const
type UserRole = (typeof userRoles)[number]

/** A human who answers, or looks after the gateway. */
export interface User {
  id: number
  name: string
  role: UserRole
  createdAt: Date
}

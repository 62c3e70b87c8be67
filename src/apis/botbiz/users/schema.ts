import { z } from 'zod'
import { userRoles } from '../../../features/accounts/user.ts'
import type { User } from '../../../features/accounts/user.ts'
import { isoSeconds } from '../../shared/times.ts'

export const BotbizUsers = z
  .object({
    data: z.array(
      z.object({
        id: z.string().meta({ description: 'usr_ and a number' }),
        name: z.string(),
        role: z.enum(userRoles),
        created_at: z.string(),
      }),
    ),
  })
  .meta({ id: 'BotbizUsers' })

/** Shows the users as Botbiz does. */
export function presentUsers(users: User[]): z.input<typeof BotbizUsers> {
  return {
    data: users.map(({ id, name, role, createdAt }) => {
      return { id: `usr_${id}`, name, role, created_at: isoSeconds(createdAt) }
    }),
  }
}

import { z } from 'zod'

/** The username of a person, which many have in place of a number that others see. */
export const usernameField = z.string().optional().meta({
  description: 'Extension: the username on WhatsApp, without the @; present if it is known',
})

/** Shows a username, for spreading; empty if it is unknown. */
export function presentUsername(username: string | null): { username?: string } {
  return username === null ? {} : { username }
}

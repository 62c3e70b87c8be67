import { z } from 'zod'

/** WhatsApp shows no more of a text. */
const mostCharacters = 4096

/** What is said of a text that is too short or too long. */
const expected = `expected 1 to ${mostCharacters} characters`

/** A text to be sent: 1 to 4096 characters, so that an emoji is not two. */
export function messageText(description: string) {
  return z
    .string({ error: 'expected text' })
    .refine((text) => text !== '' && fits(text), expected)
    .meta({ description, minLength: 1, maxLength: mostCharacters })
}

function fits(text: string): boolean {
  if (text.length <= mostCharacters) return true
  return text.length <= 2 * mostCharacters && Array.from(text).length <= mostCharacters
}

import { z } from 'zod'

/** WhatsApp shows no more of a text. */
const maxCharacters = 4096

/** What is said of a text that is too short or too long. */
export const expectedText = `expected 1 to ${maxCharacters} characters`

/** A text to be sent: 1 to 4096 characters, so that an emoji is not two. */
export function messageText(description: string) {
  return z
    .string({ error: 'expected text' })
    .refine((text) => text !== '' && fits(text), expectedText)
    .meta({ description, minLength: 1, maxLength: maxCharacters })
}

/** The same where some kinds of message may go without one: whoever uses it says which. */
export function messageTextOrNone(description: string) {
  return z
    .string({ error: 'expected text' })
    .refine(fits, expectedText)
    .meta({ description, maxLength: maxCharacters })
}

function fits(text: string): boolean {
  if (text.length <= maxCharacters) return true
  return text.length <= 2 * maxCharacters && Array.from(text).length <= maxCharacters
}

import { z } from 'zod'

/** The limit of a text in WhatsApp's Cloud API; its apps take more. */
const maxCharacters = 4096

/** The message for a text that is too short or too long. */
export const expectedText = `expected 1 to ${maxCharacters} characters`

/** Declares a text to send: 1 to 4096 characters, counted so that an emoji is one. */
export function messageText(description: string) {
  return z
    .string({ error: 'expected text' })
    .refine((text) => text !== '' && fits(text), expectedText)
    .meta({ description, minLength: 1, maxLength: maxCharacters })
}

/** Declares a text that some kinds of message may omit; the schema says which. */
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

import { z } from 'zod'
import { fits, maxTextLength } from '../../features/sending/rules/template.ts'

/** The message for a text that is too short or too long. */
export const expectedText = `expected 1 to ${maxTextLength} characters`

/** Declares a text to send: 1 to 4096 characters, counted so that an emoji is one. */
export function messageText(description: string) {
  return z
    .string({ error: 'expected text' })
    .refine((text) => text !== '' && fits(text), expectedText)
    .meta({ description, minLength: 1, maxLength: maxTextLength })
}

/** Declares a text that some kinds of message may omit; the schema says which. */
export function messageTextOrNone(description: string) {
  return z
    .string({ error: 'expected text' })
    .refine(fits, expectedText)
    .meta({ description, maxLength: maxTextLength })
}

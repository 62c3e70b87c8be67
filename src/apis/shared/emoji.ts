import { z } from 'zod'

// Phones write some emoji without the variation selector that colours them.
const oneEmoji = new RegExp('^(?:\\p{RGI_Emoji}|\\p{Extended_Pictographic})$', 'v')

/** An emoji with all its parts has at most about thirty UTF-16 units. */
export const EmojiInput = z
  .string({ error: 'expected an emoji' })
  .max(40, 'expected one emoji')
  .refine((text) => text === '' || oneEmoji.test(text), 'expected one emoji, or "" to remove the reaction')
  .meta({ example: '👍' })

import { z } from 'zod'
import { phoneNumber } from '../../shared/params.ts'

export const TestMessageBody = z.strictObject({
  from: phoneNumber().meta({
    type: 'string',
    description: 'The number of the customer',
    example: '5491155667788',
  }),
  text: z.string().min(1).max(4096),
  name: z.string().min(1).max(100).optional().meta({ description: 'The customer’s own name' }),
})

export const TestMessageAnswer = z.object({ success: z.literal(true) }).meta({ id: 'TestMessageAnswer' })

import { z } from 'zod'
import { line, pickGiven } from './fields.ts'
import type { KindModule, WordlessModule } from './module.ts'

export const locationFields = {
  location: z
    .object({
      latitude: z.number(),
      longitude: z.number(),
      name: z.string(),
      address: z.string(),
      live: z.boolean(),
    })
    .optional(),
} as const

export const location = {
  description: 'a place',
  present: ({ details }) => ({
    ...pickGiven(details, ['offer']),
    ...(details?.place ? { location: details.place } : {}),
  }),
} satisfies KindModule<'location'>

const degrees = (max: number) => z.number(`expected degrees from -${max} to ${max}`).min(-max).max(max)

/** A location to send. */
const LocationInput = z
  .strictObject({
    latitude: degrees(90),
    longitude: degrees(180),
    name: line(200, 'The name of the place').optional(),
    address: line(500, 'The address of the place').optional(),
  })
  .meta({ description: 'A place on the map', example: { latitude: -34.6037, longitude: -58.3816 } })

export const newLocation = {
  input: LocationInput,
  read: ({ name = '', address = '', ...at }: z.output<typeof LocationInput>) => ({
    kind: 'location',
    place: { ...at, name, address },
  }),
} satisfies WordlessModule<'location'>

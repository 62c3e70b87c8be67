import type { proto } from '@whiskeysockets/baileys'
import type { Place } from '../../../core/content.ts'
import { label, numberWithin, words } from '../checked.ts'
import type { ReadingOf } from '../reading.ts'
import type { KindModule, SentOf } from './module.ts'

export const location: KindModule<'location'> = {
  read: {
    locationMessage: (place) => readPlace(place, place.isLive === true, place.name ?? place.comment),
    liveLocationMessage: (place) => readPlace(place, true, place.caption),
  },
  write: (message, context) => ({ locationMessage: { ...writePlace(message), ...context } }),
  quote: (text) => ({ locationMessage: { name: text } }),
  hasSecret: false,
}

type Position = Pick<
  proto.Message.ILocationMessage,
  'degreesLatitude' | 'degreesLongitude' | 'name' | 'address'
>

/** Reads a location; one with impossible coordinates becomes only its words. */
export function readPlace(position: Position, live: boolean, text: unknown): ReadingOf<'location'> {
  const latitude = numberWithin(position.degreesLatitude ?? 0, -90, 90)
  const longitude = numberWithin(position.degreesLongitude ?? 0, -180, 180)
  const reading = { kind: 'location', text: words(text) } as const
  if (latitude === undefined || longitude === undefined) return reading
  const place: Place = {
    latitude,
    longitude,
    name: label(position.name),
    address: label(position.address, 500),
    live,
  }
  return { ...reading, details: { place } }
}

function writePlace({ details }: SentOf<'location'>): proto.Message.ILocationMessage {
  if (!details?.place) throw new Error('a location must have coordinates')
  const { latitude, longitude, name, address } = details.place
  return {
    degreesLatitude: latitude,
    degreesLongitude: longitude,
    ...(name === '' ? {} : { name }),
    ...(address === '' ? {} : { address }),
  }
}

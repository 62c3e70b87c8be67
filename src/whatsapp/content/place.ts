import type { proto } from '@whiskeysockets/baileys'
import type { Place } from '../../core/content.ts'
import { label, numberWithin, words } from './checked.ts'
import type { Reading } from './reading.ts'

type Position = Pick<
  proto.Message.ILocationMessage,
  'degreesLatitude' | 'degreesLongitude' | 'name' | 'address'
>

/** Reads a location; one with impossible coordinates becomes only its words. */
export function readPlace(position: Position, live: boolean, text: unknown): Reading {
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

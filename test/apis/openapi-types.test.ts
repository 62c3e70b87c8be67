import { expect, test } from 'vitest'
import { gatewayDocument } from '../../src/daemon/http-server.ts'

test('the document names only the types in which an answer really comes', async () => {
  const document = JSON.parse(await gatewayDocument('1.0.0')) as {
    paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>
  }
  const typesOf = (path: string) =>
    Object.keys(document.paths[path]?.['get']?.responses['200']?.content ?? {})
  expect(typesOf('/api/v1/bot/calendars/{secret}/appointments.ics')).toEqual(['text/calendar'])
  expect(typesOf('/metrics')).toEqual(['text/plain'])
  expect(typesOf('/api/v1/events/stream')).toEqual(['text/event-stream'])
  expect(typesOf('/api/v1/media/{id}/thumbnail')).toEqual(['image/jpeg'])
  expect(typesOf('/v1/whatsapp/accounts/{id}/qr-code')).toEqual(['application/json', 'image/png'])
  expect(typesOf('/api/v1/chats')).toEqual(['application/json'])
})

import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { fieldsOf, protobufFields } from '../../../src/whatsapp/messages/protobuf-fields.ts'

describe('the fields of a message', () => {
  const whole = Buffer.from(
    proto.HistorySync.encode({
      syncType: proto.HistorySync.HistorySyncType.RECENT,
      conversations: [3, 200, 0].map((count) => ({
        id: '123456789012345@lid',
        messages: Array.from({ length: count }, (_, n) => ({
          message: { key: { id: `H${n}` }, messageTimestamp: n },
        })),
      })),
      progress: 300,
      threadIdUserSecret: Buffer.alloc(70_000),
    } as unknown as proto.HistorySync).finish(),
  )
  const inPieces = async function* (size: number) {
    for (let from = 0; from < whole.length; from += size) yield whole.subarray(from, from + size)
  }

  test.each([1, 7, 1000, 1_000_000])('in pieces of %i bytes are those of the whole', async (size) => {
    const fields: Buffer[] = []
    for await (const field of protobufFields(inPieces(size))) fields.push(Buffer.from(field.whole))
    expect(Buffer.concat(fields)).toEqual(whole)
    expect(fields).toHaveLength(6)
  })

  test('are the same where it is in memory as a whole', () => {
    expect(Buffer.concat(Array.from(fieldsOf(whole), (field) => field.whole))).toEqual(whole)
    expect(() => [...fieldsOf(whole.subarray(0, -1))]).toThrow('ends within a field')
  })

  test.each([
    ['cut off', whole.subarray(0, whole.length - 1)],
    ['no protobuf', Buffer.from('this is not one')],
    ['a length without end', Buffer.from([0x12, ...Array.from({ length: 11 }, () => 0xff)])],
    ['a field of gigabytes', Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ])('are refused where they are %s', async (_, bytes) => {
    const reading = async () => {
      for await (const field of protobufFields(
        (async function* () {
          yield bytes
        })(),
      ))
        expect(field).toBeDefined()
    }
    await expect(reading()).rejects.toThrow()
  })
})

import {
  GroupCipher,
  GroupSessionBuilder,
  SenderKeyDistributionMessage,
  SenderKeyName,
  SenderKeyRecord as BaileysRecord,
} from '@whiskeysockets/baileys/lib/Signal/Group/index.js'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { installFastCurve } from '../../src/signal/fast-curve.ts'
import {
  acceptSenderKey,
  decryptFromGroup,
  distributionOf,
  encodeSenderKeys,
  encryptForGroup,
  newSenderKey,
  readSenderKeys,
} from '../../src/signal/sender-keys.ts'

beforeAll(installFastCurve)

/** A record as it is stored; both implementations read and write it. */
interface Member {
  stored: Uint8Array | undefined
}
interface Implementation {
  write(me: Member, text: string): Promise<{ distribution: Uint8Array; ciphertext: Buffer }>
  accept(me: Member, distribution: Uint8Array): Promise<void>
  read(me: Member, ciphertext: Buffer): Promise<string>
}

const ours: Implementation = {
  write: async (me, text) => {
    const keys = me.stored ? readSenderKeys(me.stored) : newSenderKey()
    const { record, ciphertext } = encryptForGroup(keys, Buffer.from(text))
    me.stored = encodeSenderKeys(record)
    return { distribution: distributionOf(keys), ciphertext }
  },
  accept: async (me, distribution) => {
    me.stored = encodeSenderKeys(acceptSenderKey(me.stored && readSenderKeys(me.stored), distribution))
  },
  read: async (me, ciphertext) => {
    const { record, plaintext } = decryptFromGroup(me.stored && readSenderKeys(me.stored), ciphertext)
    me.stored = encodeSenderKeys(record)
    return plaintext.toString()
  },
}

const name = new SenderKeyName('1@g.us', { id: 'x', deviceId: 0, toString: () => 'x.0' })
const storeOf = (me: Member) => ({
  loadSenderKey: async () => (me.stored ? BaileysRecord.deserialize(me.stored) : new BaileysRecord()),
  storeSenderKey: async (_: unknown, record: BaileysRecord) => {
    me.stored = Buffer.from(JSON.stringify(record.serialize()))
  },
})
const baileys: Implementation = {
  write: async (me, text) => {
    const message = await new GroupSessionBuilder(storeOf(me)).create(name)
    const ciphertext = Buffer.from(await new GroupCipher(storeOf(me), name).encrypt(Buffer.from(text)))
    return { distribution: message.serialize(), ciphertext }
  },
  accept: async (me, distribution) => {
    const message = new SenderKeyDistributionMessage(null, null, null, null, distribution)
    await new GroupSessionBuilder(storeOf(me)).process(name, message)
  },
  read: async (me, ciphertext) =>
    Buffer.from(await new GroupCipher(storeOf(me), name).decrypt(ciphertext)).toString(),
}

const step = fc.record({
  writer: fc.constantFrom(ours, baileys),
  reader: fc.constantFrom(ours, baileys),
  act: fc.constantFrom('write', 'write', 'read', 'read', 'lose', 'repeat'),
  which: fc.nat(1000),
})

/** Replaces Baileys as a late reader: it does not turn the skipped keys of a stored record into Buffers again. */
function readerOf(reader: Implementation, isLate: boolean): Implementation {
  return isLate ? ours : reader
}

test('every message is read once, with records that both implementations write by turns', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const [sender, receiver]: Member[] = [{ stored: undefined }, { stored: undefined }]
      const underWay: { n: number; text: string; ciphertext: Buffer }[] = []
      const old: Buffer[] = []
      let newest = -1
      await ours.accept(receiver!, (await baileys.write(sender!, 'lost')).distribution)
      for (const [n, { writer, reader, act, which }] of steps.entries()) {
        if (act === 'write') {
          const { ciphertext } = await writer.write(sender!, `text ${n}`)
          underWay.push({ n, text: `text ${n}`, ciphertext })
        }
        const at = which % Math.max(1, underWay.length)
        if (act === 'lose') underWay.splice(at, 1)
        const [letter] = act === 'read' ? underWay.splice(at, 1) : []
        if (letter) {
          const by = readerOf(reader, letter.n < newest)
          expect(await by.read(receiver!, letter.ciphertext)).toBe(letter.text)
          newest = Math.max(newest, letter.n)
          old.push(letter.ciphertext)
        }
        const again = act === 'repeat' ? old[which % Math.max(1, old.length)] : undefined
        if (again) await expect(ours.read(receiver!, again)).rejects.toThrow('old counter')
      }
    }),
    { numRuns: 40, endOnFailure: true },
  )
})

describe('a member', () => {
  const sender: Member = { stored: undefined }

  test('who is given the same key again reads what came before it, too', async () => {
    const receiver: Member = { stored: undefined }
    const first = await ours.write(sender, 'first')
    await ours.accept(receiver, first.distribution)
    const second = await ours.write(sender, 'second')
    await ours.accept(receiver, second.distribution)
    expect(await ours.read(receiver, second.ciphertext)).toBe('second')
    expect(await ours.read(receiver, first.ciphertext)).toBe('first')
  })

  test('reads with the last five keys of another', async () => {
    const receiver: Member = { stored: undefined }
    const letters: Buffer[] = []
    for (let n = 0; n < 6; n++) {
      const { distribution, ciphertext } = await ours.write({ stored: undefined }, `${n}`)
      await ours.accept(receiver, distribution)
      letters.push(ciphertext)
    }
    await expect(ours.read(receiver, letters[0]!)).rejects.toThrow('No session found')
    for (let n = 1; n < 6; n++) expect(await ours.read(receiver, letters[n]!)).toBe(`${n}`)
  })

  test('refuses what was changed anywhere, and reads the message afterwards', async () => {
    const receiver: Member = { stored: undefined }
    const { distribution, ciphertext } = await ours.write(sender, 'hola')
    await ours.accept(receiver, distribution)
    for (let at = 0; at < ciphertext.length; at++) {
      const spoilt = Buffer.from(ciphertext)
      spoilt[at]! ^= 0x40
      await expect(ours.read(receiver, spoilt)).rejects.toThrow()
    }
    for (const length of [0, 1, 63, 64, 65]) {
      await expect(ours.read(receiver, ciphertext.subarray(0, length))).rejects.toThrow()
    }
    expect(await ours.read(receiver, ciphertext)).toBe('hola')
  })

  test('whose record is damaged is given a key anew', async () => {
    for (const damaged of ['', 'null', '{}', '[1,{}]', '[{"senderKeyId":1,"senderSigningKey":{}}]']) {
      const receiver: Member = { stored: Buffer.from(damaged) }
      const { distribution, ciphertext } = await ours.write(sender, 'hola')
      await expect(ours.read(receiver, ciphertext)).rejects.toThrow('No session found')
      await ours.accept(receiver, distribution)
      expect(await ours.read(receiver, ciphertext)).toBe('hola')
    }
  })

  test('keeps no key of messages that it sent', async () => {
    const me: Member = { stored: undefined }
    for (let n = 0; n < 5; n++) await baileys.write(me, `${n}`)
    const grown = me.stored?.length ?? 0
    const { ciphertext } = await ours.write(me, 'hola')
    expect(me.stored?.length).toBeLessThan(grown / 2)
    expect(ciphertext.length).toBeLessThan(120)
  })
})

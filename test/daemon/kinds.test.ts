import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { ReceivedMessage } from '../../src/sandbox/people/message-log.ts'
import { pngOf, readFromMemory } from '../support/pictures.ts'
import { SandboxProcess, account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { file, incoming, options, saidIn, secret } from './kinds-incoming.ts'
import type { Shown } from './kinds-incoming.ts'
import { outgoing, outgoingFiles } from './kinds-outgoing.ts'

const picture = await pngOf(16, 16)
const juan = '5491112345678'
const jid = `${juan}@s.whatsapp.net`
const own = `${account}@s.whatsapp.net`

const { sandbox, daemon } = await sharedScene({
  customers: { [juan]: 'Juan' },
  env: { ZAGUAN_MESSAGES__KEEP_FORMER: 'true' },
  media: true,
})
await daemon.send(juan, 'hola')
await sandbox.control.sendAsCustomer(juan, account, 'hola')
await until('both have written', async () => (await daemon.chat(juan)).length === 2)

const transcript = async () => (await daemon.chat(juan)) as Shown[]
const show = async (id: number) => (await daemon.call<Shown>('GET', `/api/v1/messages/${id}`)).body

/** Sends a message as the customer. @returns it as the gateway shows it */
async function arrives(message: object, id?: string): Promise<Shown> {
  const before = (await transcript()).length
  await sandbox.control.sendMessageAsCustomer(juan, account, message, id === undefined ? {} : { id })
  return until('it is shown', async () => {
    const all = await transcript()
    return all.length > before && all.at(-1)
  })
}

/** Sends to the customer. @returns the message as the phone decrypts it, and as the gateway shows it */
async function goesOut(body: object): Promise<{ received: ReceivedMessage; shown: Shown }> {
  const before = (await sandbox.control.received(juan, 0, 0)).total
  const answer = await daemon.call<{ messageId: number }>('POST', '/api/v1/send', { to: juan, ...body })
  expect(answer.status).toBe(200)
  const received = await lastReceived(before)
  return { received, shown: await show(answer.body.messageId) }
}

const lastReceived = (before: number) =>
  until('the customer has it', async () => (await sandbox.control.received(juan, before, 1)).messages[0])

describe('the gateway receives from a customer', () => {
  test.each(incoming)('%s', async (_what, message, expected) => {
    const {
      id: _id,
      timestamp: _timestamp,
      ...shown
    } = (await arrives(message)) as Shown & { timestamp: string }
    // Other tests cover the download.
    delete shown.media
    expect(shown).toEqual({ direction: 'incoming', botGenerated: false, ...expected })
  })

  test('a name of a megabyte as the beginning of it, on one line', async () => {
    const [number, name] = ['5491112349999', `Juan\r\n\u202Elos ${'x'.repeat(1_000_000)}`]
    await sandbox.control.createCustomer(number, { name })
    await sandbox.control.sendAsCustomer(number, account, 'hola')
    const chat = await until('it is there', async () => {
      const { body } = await daemon.call<{ chats: { jid: string; name: string }[] }>('GET', '/api/v1/chats')
      return body.chats.find((each) => each.jid.startsWith(number))
    })
    expect(chat.name).toMatch(/^Juan *los x+$/)
    expect(chat.name.length).toBeLessThanOrEqual(100)
  })

  test('an answer with what it answers', async () => {
    const { received, shown } = await goesOut({ message: '¿A las 15?' })
    const answer = await arrives({
      extendedTextMessage: {
        text: 'sí',
        contextInfo: {
          stanzaId: received.id,
          participant: own,
          quotedMessage: { conversation: '¿A las 15?' },
        },
      },
    })
    expect(answer.details).toEqual({
      quote: { messageId: shown.id, fromMe: true, kind: 'text', text: '¿A las 15?' },
    })
  })
})

async function uploaded(bytes: Uint8Array): Promise<{ id: number }> {
  const answer = await fetch(`${daemon.url}/api/v1/media`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/octet-stream' },
    body: bytes,
  })
  return (await answer.json()) as { id: number }
}

describe('the gateway sends to a customer', () => {
  const timed = async (seconds: number) => {
    await sandbox.control.changeAsCustomer(juan, account, { kind: 'timer', seconds })
  }

  test.each(outgoing)('%s', async (_what, body, expected) => {
    await arrives({ conversation: 'nada desaparece' })
    const { received } = await goesOut(body)
    expect(received.message).toMatchObject(expected)
    expect(received.duplicate).toBe(false)
  })

  test.each(outgoingFiles)('%s, with what phones show before they have it', async (...kind) => {
    const [, bytes, how, { message, facts }] = kind
    const { id } = await uploaded(bytes)
    const words = 'audioMessage' in message || 'stickerMessage' in message ? {} : { message: 'esto' }
    // The second time it is at WhatsApp already.
    for (let times = 0; times < 2; times += 1) {
      const { received, shown } = await goesOut({ ...words, media: { id, ...how } })
      expect(received.message).toMatchObject(message)
      expect(shown.details?.['media']).toMatchObject(facts)
    }
  })

  test.each([
    ['image', picture, 'imageMessage'],
    ['document', Buffer.from('%PDF-1.7'), 'documentWithCaptionMessage'],
  ])('an edited caption of a file that was sent as %s', async (type, bytes, field) => {
    const { id } = await uploaded(bytes)
    const { received, shown } = await goesOut({ message: 'hoy', media: { id, type } })
    const before = (await sandbox.control.received(juan, 0, 0)).total
    const edit = await daemon.call('PATCH', `/api/v1/messages/${shown.id}`, { message: 'mañana' })
    expect(edit.status).toBe(200)
    const { protocolMessage } = (await lastReceived(before)).message
    const sent = JSON.stringify(received.message[field as 'imageMessage']).replace('hoy', 'mañana')
    expect(protocolMessage?.key?.id).toBe(received.id)
    const { jpegThumbnail: _, ...file } = (JSON.parse(sent) as { jpegThumbnail?: string }) ?? {}
    expect(protocolMessage?.editedMessage).toEqual({ [field]: file })
    const edited = await until('it is edited', async () => {
      const message = await show(shown.id)
      return message.text === 'mañana' && message
    })
    expect(edited).toMatchObject({ kind: type, formerTexts: [{ text: 'hoy' }] })
  })

  test('a picture with its thumbnail', async () => {
    const { id } = await uploaded(await pngOf(320, 160))
    const { received } = await goesOut({ media: { id } })
    const { jpegThumbnail } = received.message.imageMessage ?? {}
    const small = Buffer.from(String(jpegThumbnail), 'base64')
    readFromMemory()
    const facts = await sharp(small).metadata()
    expect(facts).toMatchObject({ width: 100, height: 50 })
    const headers = { authorization: `Bearer ${daemon.key}` }
    const answer = await fetch(`${daemon.url}/api/v1/media/${id}/thumbnail`, { headers })
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(small)
  })

  test('an answer with what it answers', async () => {
    const question = await arrives({ conversation: '¿Dónde?' }, 'QUESTION1')
    const { received } = await goesOut({ message: 'Acá', replyTo: question.id })
    expect(received.message.extendedTextMessage?.contextInfo).toMatchObject({
      stanzaId: 'QUESTION1',
      participant: jid,
      quotedMessage: { conversation: '¿Dónde?' },
    })
  })

  test('a message that disappears as the chat says', async () => {
    await timed(86_400)
    await until('the timer is known', async () => {
      const { received } = await goesOut({ message: 'se borra' })
      return received.message.extendedTextMessage?.contextInfo?.expiration === 86_400
    })
    await arrives({ conversation: 'ya no' })
    const { received } = await goesOut({ message: 'queda' })
    expect(received.message.extendedTextMessage?.contextInfo?.expiration).toBeUndefined()
  })

  test('a reaction, an edit and a deletion', async () => {
    const question = await arrives({ conversation: '¿Y?' }, 'QUESTION2')
    const { received, shown } = await goesOut({ message: 'a las 15' })
    const change = async (method: string, path: string, body?: object) => {
      const before = (await sandbox.control.received(juan, 0, 0)).total
      expect((await daemon.call(method, `/api/v1/messages/${path}`, body)).status).toBe(200)
      return (await lastReceived(before)).message
    }
    expect(await change('POST', `${question.id}/reaction`, { emoji: '👍' })).toMatchObject({
      reactionMessage: { key: { remoteJid: jid, fromMe: false, id: 'QUESTION2' }, text: '👍' },
    })
    expect(await change('PATCH', String(shown.id), { message: 'a las 16' })).toMatchObject({
      protocolMessage: {
        type: 'MESSAGE_EDIT',
        key: { remoteJid: jid, fromMe: true, id: received.id },
        editedMessage: { extendedTextMessage: { text: 'a las 16' } },
      },
    })
    expect(await change('DELETE', String(shown.id))).toMatchObject({
      protocolMessage: { key: { fromMe: true, id: received.id } },
    })
    const gone = await until('it is gone', async () => {
      const message = await show(shown.id)
      return message.deletedAt !== undefined && message
    })
    expect(gone.formerTexts).toMatchObject([{ text: 'a las 15' }, { text: 'a las 16', change: 'delete' }])
    expect((await show(question.id)).reactions).toMatchObject([{ emoji: '👍', fromMe: true }])
  })
})

describe('a change of a message', () => {
  const asCustomer = (change: Parameters<SandboxProcess['control']['changeAsCustomer']>[2]) =>
    sandbox.control.changeAsCustomer(juan, account, change)
  const isEdited = (id: number) =>
    until('it is edited', async () => {
      const shown = await show(id)
      return shown.editedAt !== undefined && shown
    })
  /** Everything that was sent before has been taken when this one is there. */
  const settled = () => arrives({ conversation: 'fin' })

  test('that arrives before its message waits for it, and changes nothing when it arrives twice', async () => {
    const message = 'EARLY1'
    for (let twice = 0; twice < 2; twice += 1) {
      await asCustomer({ kind: 'edit', message, text: 'corregido', id: 'E1', at: Date.now() })
      await asCustomer({ kind: 'reaction', message, emoji: '😀', own: true, id: 'E2' })
    }
    const shown = await arrives({ conversation: 'corergido' }, message)
    expect(shown).toMatchObject({ text: 'corregido', reactions: [{ emoji: '😀', fromMe: false }] })
    expect((await show(shown.id)).formerTexts).toMatchObject([{ text: 'corergido' }])

    await asCustomer({ kind: 'delete', message: 'EARLY2' })
    expect(await arrives({ conversation: 'mejor no' }, 'EARLY2')).toMatchObject({ text: '[deleted]' })
  })

  test.each([
    ['imageMessage', (caption: string) => ({ imageMessage: { ...file, caption } })],
    [
      'documentMessage',
      (caption: string) => ({
        documentWithCaptionMessage: {
          message: { documentMessage: { ...file, fileName: 'a.pdf', caption } },
        },
      }),
    ],
  ])('edits the caption of a file: %s', async (field, withCaption) => {
    const { id } = await arrives(withCaption('a las 15'), `WORDS-${field}`)
    const key = { remoteJid: jid, fromMe: true, id: `WORDS-${field}` }
    const edit = { key, type: 14, editedMessage: withCaption('a las 16'), timestampMs: Date.now() }
    await sandbox.control.sendMessageAsCustomer(juan, account, {
      editedMessage: { message: { protocolMessage: edit } },
    })
    const edited = await isEdited(id)
    expect(edited).toMatchObject({ text: 'a las 16', formerTexts: [{ text: 'a las 15' }] })
  })

  test('survives a killed process', async () => {
    await asCustomer({ kind: 'edit', message: 'EARLY3', text: 'nuevo' })
    await settled()
    await daemon.kill()
    await sandbox.control.sendMessageAsCustomer(juan, account, { conversation: 'viejo' }, { id: 'EARLY3' })
    await asCustomer({ kind: 'reaction', message: 'EARLY3', emoji: '👍', own: true })
    await daemon.start()
    await daemon.connected()
    const shown = await until('it is there', async () =>
      (await transcript()).find(({ text }) => text === 'nuevo'),
    )
    await until('the reaction is there', async () => (await show(shown.id)).reactions?.length === 1)
  })

  test('by a person who did not write the message is ignored', async () => {
    const { received, shown } = await goesOut({ message: 'nuestro' })
    await asCustomer({ kind: 'edit', message: received.id, text: 'de ellos' })
    await asCustomer({ kind: 'delete', message: received.id })
    await asCustomer({ kind: 'reaction', message: received.id, emoji: '❤️' })
    await until('the reaction is there', async () => (await show(shown.id)).reactions?.length === 1)
    const { deletedAt, ...message } = await show(shown.id)
    expect([message.text, deletedAt]).toEqual(['nuestro', undefined])
  })

  test('that is a vote is counted, on our poll and on theirs, from the customer and from the owner’s phone', async () => {
    const { received, shown } = await goesOut({ poll: { question: '¿Día?', options: ['Lunes', 'Martes'] } })
    await asCustomer({ kind: 'vote', message: received.id, options: ['Martes'] })
    const votesOf = async (id: number) => (await show(id)).details?.poll?.votes ?? []
    await until('the vote counts', async () => (await votesOf(shown.id)).length === 1)
    expect(await votesOf(shown.id)).toMatchObject([{ options: ['Martes'], fromMe: false }])
    const poll = {
      pollCreationMessage: { name: '¿Hora?', options },
      messageContextInfo: { messageSecret: secret },
    }
    const theirs = await arrives(poll, 'POLL1')
    await sandbox.control.changeAsPhone(account, juan, {
      kind: 'vote',
      message: 'POLL1',
      options: ['Lunes', 'Martes'],
    })
    await until('the vote counts', async () => (await votesOf(theirs.id)).length === 1)
    expect(await votesOf(theirs.id)).toMatchObject([{ options: ['Lunes', 'Martes'], fromMe: true }])
    await asCustomer({ kind: 'vote', message: received.id, options: [] })
    await until('the vote is taken back', async () => (await votesOf(shown.id)).length === 0)

    // The poll's author may change the question; the votes stay.
    const other = { name: '¿A qué hora?', options }
    await asCustomer({ kind: 'poll', message: 'POLL1', poll: other })
    const edited = await isEdited(theirs.id)
    expect(edited).toMatchObject({ text: other.name, details: { poll: { question: other.name } } })
    expect(edited.details?.poll?.votes).toMatchObject([{ options: ['Lunes', 'Martes'], fromMe: true }])
    expect(edited.formerTexts).toMatchObject([{ text: '¿Hora?', poll: { question: '¿Hora?' } }])
  })

  test('that adds options to a poll is shown there, and they can be voted for', async () => {
    const poll = { pollCreationMessageV6: { name: '¿Dónde?', options } }
    const { id } = await arrives({ ...poll, messageContextInfo: { messageSecret: secret } }, 'POLL2')
    await asCustomer({ kind: 'option', message: 'POLL2', name: 'En casa' })
    await asCustomer({ kind: 'vote', message: 'POLL2', options: ['En casa'] })
    const votes = async () => (await show(id)).details?.poll?.votes ?? []
    await until('the vote counts', async () => (await votes()).length === 1)
    expect(await votes()).toMatchObject([{ options: ['En casa'], fromMe: false }])
  })

  test.each(['pn', 'lid'] as const)('that is sealed as phones do (%s) is opened', async (addressing) => {
    const [message, late] = [`SEALED-${addressing}`, `LATE-${addressing}`]
    const told = { messageContextInfo: { messageSecret: secret } }
    const { id } = await arrives({ conversation: 'hoal', ...told }, message)
    for (let twice = 0; twice < 2; twice += 1) {
      const edit = { kind: 'edit', message, text: 'hola', addressing } as const
      await asCustomer({ ...edit, id: `E-${message}`, at: Date.now() })
    }
    const edited = await isEdited(id)
    expect(edited).toMatchObject({ text: 'hola', formerTexts: [{ text: 'hoal', change: 'edit' }] })
    expect(JSON.stringify(edited)).not.toContain(secret)

    // Before its message it waits for that, and is no message itself.
    const before = saidIn(await transcript())
    await asCustomer({ kind: 'edit', message: late, text: 'después', secret, addressing })
    const first = { conversation: 'antes', ...told }
    await sandbox.control.sendMessageAsCustomer(juan, account, first, { id: late })
    const after = await until('it is opened', async () => {
      const all = await transcript()
      return all.length > before.length && all.at(-1)?.text === 'después' && all
    })
    expect(saidIn(after).slice(0, -1)).toEqual(before)
  })

  test('that answers an event is told there, and an event is edited as a whole', async () => {
    const told = { messageContextInfo: { messageSecret: secret } }
    const event = { name: 'Asado', startTime: 1_700_000_000 }
    const { id } = await arrives({ eventMessage: event, ...told }, 'EVENT1')
    await asCustomer({ kind: 'answer', message: 'EVENT1', answer: 'going', guests: 2 })
    const no = { kind: 'answer', message: 'EVENT1', answer: 'not_going' } as const
    await sandbox.control.changeAsPhone(account, juan, no)
    const eventOf = async (event: number) => (await show(event)).details?.event
    await until('both have answered', async () => (await eventOf(id))?.answers.length === 2)
    const theirs = { answer: 'going', guests: 2, fromMe: false }
    const ours = { answer: 'not_going', guests: 0, fromMe: true }
    expect(await eventOf(id)).toMatchObject({ going: 3, answers: [theirs, ours] })
    const moved = { ...event, name: 'Asado', description: 'Con vino', startTime: 1_700_003_600 }
    await asCustomer({ kind: 'event', message: 'EVENT1', event: moved })
    const edited = await isEdited(id)
    expect(edited.details?.['facts']).toEqual({
      name: 'Asado',
      description: 'Con vino',
      startsAt: '2023-11-14T23:13:20.000Z',
    })

    const ownEvent = { eventMessage: event, ...told }
    await sandbox.control.sendMessageAsPhone(account, juan, ownEvent, { id: 'EVENT2' })
    await asCustomer({ kind: 'answer', message: 'EVENT2', answer: 'maybe' })
    const own = await until('the owner’s is there', async () => {
      const newest = (await transcript()).at(-1)
      return newest?.kind === 'event' && newest.direction === 'outgoing' && newest
    })
    await until('it is answered', async () => (await eventOf(own.id))?.answers[0]?.answer === 'maybe')
  })

  test('is told as events, and a reaction moves neither a conversation nor the counters', async () => {
    const { body } = await daemon.call<{ data: { event: string }[] }>('GET', '/api/v1/events?limit=500')
    const names = new Set(body.data.map(({ event }) => event))
    for (const change of ['reaction', 'edited', 'deleted', 'voted', 'answered']) {
      expect(names).toContain(`message.${change}`)
    }
    const chatOf = async () =>
      (await daemon.call<{ chats: { messageCount: number; lastMessage: object }[] }>('GET', '/api/v1/chats'))
        .body.chats[0]
    const { id } = await arrives({ conversation: 'último' }, 'LAST1')
    const before = await chatOf()
    await asCustomer({ kind: 'reaction', message: 'LAST1', emoji: '👍', own: true })
    await until('the reaction is there', async () => (await show(id)).reactions?.length === 1)
    expect(await chatOf()).toEqual(before)
  })
})

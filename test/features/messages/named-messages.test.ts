import { beforeEach, describe, expect, test } from 'vitest'
import type { IncomingChange } from '../../../src/core/messages/incoming.ts'
import type { Message } from '../../../src/features/messages/message.ts'
import type { TestApp } from '../../support/app.ts'
import { HandClock, app, incomingChange, juan, send } from '../fixture.ts'
import { until } from '../../support/until.ts'

const clock = new HandClock()
const group = '120363041234567890@g.us'
const [ana, eva] = ['111111@lid', '222222@lid']
const anaPhone = '5491155550001@s.whatsapp.net'
let one: TestApp

beforeEach(async () => {
  one = await app({ clock })
})

const stands = async (address = group): Promise<Message[]> =>
  (await one.services.messages.ofChat(1, address, { limit: 100 })).messages
const says = (participant: string, text: string, about: object = {}) =>
  one.inbound({ group, participant, text, waId: 'SAME', ...about })
const changes = (change: IncomingChange['change'], by: readonly string[], waId: string) =>
  one.services.inbox.messages(1, [
    incomingChange(change, {
      waId,
      at: clock.now(),
      by,
      chat: { kind: 'group', phone: null, lid: null, group },
    }),
  ])

describe('one id that two people of a group use', () => {
  test('names two messages, and each comes once', async () => {
    await says(ana, 'de Ana')
    await says(eva, 'de Eva')
    await says(eva, 'de Eva')
    await says(ana, 'de Ana')
    expect((await stands()).map(({ text }) => text)).toEqual(['de Ana', 'de Eva'])
  })

  test('names one message where both addresses are one person’s, as a mapping or the stanza says', async () => {
    await one.services.inbox.mappings(1, [{ lid: ana, phone: '5491155550001' }], clock.now())
    await says(ana, 'una vez')
    await says(anaPhone, 'una vez')
    await says('333333@lid', 'otra', { participantAlt: '5491155550003@s.whatsapp.net' })
    await says('5491155550003@s.whatsapp.net', 'otra')
    expect((await stands()).map(({ text }) => text)).toEqual(['una vez', 'otra'])
  })

  test('names two messages also where it is unknown whether an address of either kind is the same person', async () => {
    await says(ana, 'de Ana')
    await says('5491155550009@s.whatsapp.net', 'de otra')
    await says('5491155550009@s.whatsapp.net', 'de otra')
    expect((await stands()).map(({ text }) => text)).toEqual(['de Ana', 'de otra'])
  })

  test('leads edits, reactions and deletions to the message of the writer whom they name', async () => {
    await says(ana, 'de Ana')
    await says(eva, 'de Eva')
    const target = { waId: 'SAME', fromMe: false, participant: eva }
    await changes({ kind: 'edit', target, text: 'de Eva, corregido' }, [eva], 'E1')
    await changes({ kind: 'reaction', target, emoji: '👍' }, [ana], 'R1')
    const [first, second] = await stands()
    expect(first).toMatchObject({ text: 'de Ana', reactions: [] })
    expect(second).toMatchObject({ text: 'de Eva, corregido', reactions: [{ emoji: '👍' }] })
    await changes({ kind: 'delete', target: { ...target, participant: ana } }, [ana], 'D1')
    expect((await stands()).map(({ deletedAt }) => deletedAt !== null)).toEqual([true, false])
  })

  test('lets a change of the second wait for the second, and fills in what could not be decrypted', async () => {
    await says(ana, 'de Ana')
    const target = { waId: 'SAME', fromMe: false, participant: eva }
    await changes({ kind: 'reaction', target, emoji: '❤️' }, [ana], 'R1')
    expect((await stands())[0]?.reactions).toEqual([])
    await says(eva, '', { kind: 'undecryptable' })
    await says(eva, 'de Eva')
    expect(await stands()).toMatchObject([
      { text: 'de Ana', reactions: [] },
      { text: 'de Eva', kind: 'text', reactions: [{ emoji: '❤️' }] },
    ])
  })

  test('leads an answer to the message of the writer whom it names', async () => {
    await says(ana, 'de Ana')
    await says(eva, 'de Eva')
    const quote = { waId: 'SAME', fromMe: false, participant: eva, kind: 'text', text: 'de Eva' } as const
    await one.inbound({ group, participant: ana, text: 'sí', details: { quote } })
    const [, second, answer] = await stands()
    expect(answer?.details?.quote?.messageId).toBe(second?.id)
  })
})

describe('an answer that only names what it answers', () => {
  const named = (waId: string, about: object) => ({
    quote: { waId, kind: 'unsupported', text: '', fromMe: false, participant: null, ...about } as const,
  })

  test('has the kind and the words of our own record', async () => {
    const id = await send(one, '¿martes o jueves?')
    await until('it is sent', () => one.line.sent.length === 1)
    const waId = one.line.sent[0]?.waId ?? ''
    const own = '5491138620812@s.whatsapp.net'
    await one.inbound({ text: 'sí', details: named(waId, { fromMe: true, participant: own }) })
    await one.inbound({ text: 'el martes', details: named(waId, {}) })
    const answers = (await stands(juan)).slice(1)
    for (const { details } of answers) {
      expect(details?.quote).toMatchObject({
        messageId: id,
        kind: 'text',
        text: '¿martes o jueves?',
        fromMe: true,
      })
    }
  })

  test('keeps the id of a message that is not here', async () => {
    await one.inbound({ text: 'sí', details: named('ELSEWHERE', {}) })
    const [answer] = await stands(juan)
    expect(answer?.details?.quote).toMatchObject({ waId: 'ELSEWHERE' })
    expect(answer?.details?.quote?.messageId).toBeUndefined()
  })
})

test('a stanza that is received and not kept is counted by its reason, each once', async () => {
  const target = { waId: 'SAME', fromMe: false, participant: ana }
  await says(ana, 'de Ana')
  await changes({ kind: 'edit', target, text: 'forged' }, [eva], 'E1')
  await changes({ kind: 'delete', target }, [eva], 'D1')
  await changes({ kind: 'vote', target, vote: { chosen: [] } }, [eva], 'V1')
  one.services.inbox.unkept(1, ['housekeeping', 'no_chat', 'no_chat'])
  const metrics = await fetch(`${one.url}/metrics`, { headers: { authorization: `Bearer ${one.key}` } })
  const text = await metrics.text()
  const counted = [...text.matchAll(/zaguan_received_unkept_total\{account="wha_1",reason="(\w+)"\} (\d+)/g)]
  expect(Object.fromEntries(counted.map(([, reason, count]) => [reason, count]))).toEqual({
    edit_refused: '1',
    deletion_refused: '1',
    no_effect: '1',
    housekeeping: '1',
    no_chat: '2',
  })
})

import { expect, test } from 'vitest'
import type { UnkeptReason } from '../../src/core/messages/unkept.ts'
import { pngOf } from '../support/pictures.ts'
import { account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

let group = ''
let count = 0

const { sandbox, daemon } = await sharedScene({ media: true })

interface Person {
  number: string
  jid: string
  lid: string
}

async function somebody(): Promise<Person> {
  const number = `54911333${String(++count).padStart(5, '0')}`
  const { lid } = await sandbox.control.createCustomer(number, { name: 'Ana' })
  return { number, jid: `${number}@s.whatsapp.net`, lid: lid.includes('@') ? lid : `${lid}@lid` }
}

interface Shown {
  id: number
  text: string
  direction: string
  kind?: string
  reactions?: { emoji: string }[]
  editedAt?: string
  media?: { status: string }
}

/** Empty where there is no such chat. */
async function chatWith(jid: string): Promise<Shown[]> {
  const path = `/api/v1/chats/${jid}/messages?limit=50`
  return (await daemon.call<{ messages?: Shown[] }>('GET', path)).body.messages ?? []
}

async function unkept(): Promise<Map<string, number>> {
  const response = await fetch(`${daemon.url}/metrics`, {
    headers: { authorization: `Bearer ${daemon.key}` },
  })
  const lines = (await response.text()).matchAll(/zaguan_received_unkept_total\{.*reason="(\w+)"\} (\d+)/g)
  return new Map([...lines].map(([, reason = '', n]) => [reason, Number(n)]))
}

const list = '1786711188@broadcast'

/** Through a list of the writer's own, under one address only: the stanza names no other. */
function throughList(person: Person, addressing: 'pn' | 'lid') {
  const participant = addressing === 'lid' ? person.lid : person.jid
  const attributes = { from: list, participant, sender_lid: null, sender_pn: null }
  return { addressing, attributes } as const
}

test.each(['pn', 'lid'] as const)(
  'what a customer sends through a broadcast list, by %s, stands in the chat with the customer: text, edit, reaction, file',
  async (addressing) => {
    const ana = await somebody()
    await sandbox.control.sendAsCustomer(ana.number, account, 'hola')
    await until('she is known', async () => (await chatWith(ana.jid)).length === 1)
    const options = throughList(ana, addressing)
    const id = await sandbox.control.sendAsCustomer(ana.number, account, 'ofreta', options)
    const key = { remoteJid: list, fromMe: true, id }
    const edit = { protocolMessage: { type: 14, key, editedMessage: { conversation: 'oferta' } } }
    await sandbox.control.sendMessageAsCustomer(ana.number, account, edit, options)
    const reaction = { reactionMessage: { key, text: '👍' } }
    await sandbox.control.sendMessageAsCustomer(ana.number, account, reaction, options)
    const shown = await until('it is edited and reacted to', async () => {
      const [, message] = await chatWith(ana.jid)
      return message?.editedAt !== undefined && message.reactions?.length === 1 && message
    })
    expect(shown).toMatchObject({ text: 'oferta', direction: 'incoming', reactions: [{ emoji: '👍' }] })
    expect((await sandbox.control.statuses(ana.number, [id])).statuses[id]).toMatch(/inactive|delivered/)
    const data = (await pngOf(8, 8)).toString('base64')
    const media = { kind: 'image', data, mimetype: 'image/png', caption: 'foto' } as const
    await sandbox.control.sendMediaAsCustomer(ana.number, account, { ...media, ...options })
    await until('the picture is there', async () => {
      const last = (await chatWith(ana.jid)).at(-1)
      return last?.text === 'foto' && last.media?.status === 'ready'
    })
  },
  30_000,
)

test('a new person who writes through a broadcast list gets a chat, and the event names the message', async () => {
  const eva = await somebody()
  await sandbox.control.sendAsCustomer(eva.number, account, 'primera', throughList(eva, 'lid'))
  const [message] = await until('it is there', async () => {
    const all = await chatWith(eva.lid)
    return all.length === 1 && all
  })
  expect(message?.text).toBe('primera')
  const { body } = await daemon.call<{ data: { event: string; data: { id?: number } }[] }>(
    'GET',
    '/api/v1/events?after=0&limit=500',
  )
  expect(body.data).toContainEqual(
    expect.objectContaining({
      event: 'message.received',
      data: expect.objectContaining({ id: message?.id }) as object,
    }),
  )
})

type Attributes = Record<string, string | null>
/** The attributes of a stanza by the kind of its address, and what becomes of it: a chat, or the reason why not. */
const addresses: Record<
  string,
  [(person: Person) => Attributes, ((person: Person) => string) | UnkeptReason]
> = {
  'a number': [({ jid }) => ({ from: jid }), ({ jid }) => jid],
  'a LID': [({ lid }) => ({ from: lid, addressing_mode: 'lid' }), ({ lid }) => lid],
  'a device of a number': [({ number }) => ({ from: `${number}:5@s.whatsapp.net` }), ({ jid }) => jid],
  'a device of a LID': [({ lid }) => ({ from: lid.replace('@', ':5@') }), ({ lid }) => lid],
  'a hosted device of a number': [({ number }) => ({ from: `${number}:99@hosted` }), ({ jid }) => jid],
  'a hosted device of a LID': [
    ({ lid }) => ({ from: lid.replace('@lid', ':99@hosted.lid') }),
    ({ lid }) => lid,
  ],
  'a group': [({ jid }) => ({ from: group, participant: jid }), () => group],
  'a group, by a device': [({ lid }) => ({ from: group, participant: lid.replace('@', ':7@') }), () => group],
  'a group, by nobody': [() => ({ from: group, participant: null }), 'unreadable'],
  'a broadcast list': [({ jid }) => ({ from: list, participant: jid }), ({ jid }) => jid],
  'a broadcast list, by a device': [
    ({ lid }) => ({ from: list, participant: lid.replace('@', ':2@') }),
    ({ lid }) => lid,
  ],
  'a broadcast list, by nobody': [() => ({ from: list, participant: null }), 'unreadable'],
  'a broadcast list of the own phone': [
    () => ({ from: list, participant: `${account}@s.whatsapp.net` }),
    'own_list',
  ],
  'the status posts': [({ jid }) => ({ from: 'status@broadcast', participant: jid }), 'switched_off'],
  'a channel': [() => ({ from: '120363041234567891@newsletter' }), 'switched_off'],
  'an assistant': [() => ({ from: '867051314767696@bot' }), 'unreadable'],
  'another messenger': [() => ({ from: '1234567@msgr' }), 'unreadable'],
  'a call': [() => ({ from: '1234567@call' }), 'unreadable'],
  'the server': [() => ({ from: 's.whatsapp.net' }), 'unreadable'],
  'an old name of the server': [({ number }) => ({ from: `${number}@c.us` }), 'unreadable'],
  nothing: [() => ({ from: 'x' }), 'unreadable'],
}

test.each(Object.entries(addresses))(
  'a message whose stanza names %s is in its chat, or counted with a reason',
  async (_what, [attributesOf, outcome]) => {
    group = await groupOf()
    const person = await somebody()
    const attributes = { sender_lid: null, sender_pn: null, addressing_mode: null, ...attributesOf(person) }
    const jid = typeof outcome === 'string' ? undefined : outcome(person)
    const before = jid === undefined ? 0 : (await chatWith(jid)).length
    const counted = typeof outcome === 'string' ? ((await unkept()).get(outcome) ?? 0) : 0
    await sandbox.control.sendAsCustomer(person.number, account, 'hola', { attributes })
    if (jid !== undefined) await until('it is kept', async () => (await chatWith(jid)).length === before + 1)
    else
      await until('it is counted', async () => ((await unkept()).get(outcome as string) ?? 0) === counted + 1)
  },
  30_000,
)

async function groupOf(): Promise<string> {
  if (group) return group
  const creator = await somebody()
  const { id } = await sandbox.control.createGroup({
    subject: 'Obra',
    creator: creator.number,
    members: [creator.number, account],
  })
  return id
}

test('an unanswered call stands in the chat with the caller, once, and is reported', async () => {
  const ana = await somebody()
  await sandbox.control.call(ana.number, account, { video: true })
  const [call] = await until('it is there', async () => {
    const all = await chatWith(ana.jid)
    return all.length > 0 && all
  })
  expect(call).toMatchObject({
    kind: 'call',
    text: '[call]',
    details: { facts: { outcome: 'missed', video: 'yes' } },
  })
  const { body } = await daemon.call<{ data: { event: string; data: { id?: number } }[] }>(
    'GET',
    '/api/v1/events?after=0&limit=500',
  )
  expect(
    body.data.filter(({ event, data }) => event === 'message.received' && data.id === call?.id),
  ).toHaveLength(1)
})

interface GroupUpdate {
  event: string
  data: { jid: string; by: string | null; changes: { isMember?: boolean; name?: string } }
}

async function joinings(jid: string): Promise<GroupUpdate['data'][]> {
  const { body } = await daemon.call<{ data: GroupUpdate[] }>('GET', '/api/v1/events?after=0&limit=500')
  const about = body.data.filter(({ event, data }) => event === 'group.updated' && data.jid === jid)
  return about.map(({ data }) => data).filter(({ changes }) => changes.isMember === true)
}

test.each(['lid', 'pn'] as const)(
  'that the account is added to a group by %s, a new one, an old one, or again, is reported at once with who did it',
  async (addressing) => {
    const [ana, beto] = [await somebody(), await somebody()]
    const made = { subject: 'Obra', creator: ana.number, addressing }
    const fresh = await sandbox.control.createGroup({
      ...made,
      members: [ana.number, beto.number, account],
    })
    const old = await sandbox.control.createGroup({ ...made, members: [ana.number, beto.number] })
    await sandbox.control.changeMembers(old.id, 'add', [account], ana.number)
    for (const { id } of [fresh, old]) {
      const [told] = await until('it is told', async () => {
        const all = await joinings(id)
        return all.length === 1 && all
      })
      expect(told).toMatchObject({ by: ana.jid, changes: { isMember: true, name: 'Obra' } })
      const group = await daemon.call<{ name: string; members: object[] }>('GET', `/api/v1/groups/${id}`)
      expect(group.body).toMatchObject({ name: 'Obra', isMember: true })
      expect(group.body.members).toHaveLength(3)
    }
    await sandbox.control.changeMembers(old.id, 'remove', [account], ana.number)
    await sandbox.control.changeMembers(old.id, 'add', [account], ana.number)
    await until('it is told again', async () => (await joinings(old.id)).length === 2)
  },
  30_000,
)

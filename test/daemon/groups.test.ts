import { expect, test } from 'vitest'
import type { GroupView } from '../../src/sandbox/control/control-groups.ts'
import { account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const ana = '5491144440001'
const beto = '5491144440002'
const carla = '5491144440003'

interface Shown {
  id: number
  text: string
  direction: string
  sender?: { jid: string; name: string }
}

const { sandbox, daemon } = await sharedScene({
  customers: { [ana]: 'Ana', [beto]: 'Beto', [carla]: 'Carla' },
})

let made = 0
function makeGroup(
  options: Partial<Parameters<typeof sandbox.control.createGroup>[0]> = {},
): Promise<GroupView> {
  const members = [account, ana, beto, carla]
  return sandbox.control.createGroup({ subject: `Grupo ${++made}`, creator: ana, members, ...options })
}

const shown = async (jid: string): Promise<Shown[]> => (await daemon.chat(jid)) as Shown[]
const textsIn = async (jid: string) => (await shown(jid)).map(({ text }) => text)
const receivedBy = async (number: string, group: string) =>
  (await sandbox.control.received(number, 0, 1000)).messages
    .filter((message) => message.group === group)
    .map(({ text }) => text)

async function chatNamed(jid: string): Promise<string | undefined> {
  const { body } = await daemon.call<{ chats: { jid: string; name: string }[] }>(
    'GET',
    '/api/v1/chats?pageSize=50',
  )
  return body.chats.find((chat) => chat.jid === jid)?.name
}

test.each(['lid', 'pn'] as const)(
  'messages go both ways in a group of %s addresses, each with the name of its writer',
  async (addressing) => {
    const group = await makeGroup({ addressing })
    for (const n of [1, 2, 3]) await sandbox.control.sendAsCustomer(ana, group.id, `de Ana ${n}`)
    await until('three are there', async () => (await textsIn(group.id)).length === 3)
    await sandbox.control.sendAsCustomer(beto, group.id, 'de Beto')
    await until('four are there', async () => (await textsIn(group.id)).length === 4)
    expect((await shown(group.id)).map(({ text, sender }) => [text, sender])).toEqual([
      ...[1, 2, 3].map((n) => [`de Ana ${n}`, { jid: `${ana}@s.whatsapp.net`, name: 'Ana' }]),
      ['de Beto', { jid: `${beto}@s.whatsapp.net`, name: 'Beto' }],
    ])
    expect(await chatNamed(group.id)).toBe(group.subject)

    const ids = [await daemon.send(group.id, 'hola a todos'), await daemon.send(group.id, 'y chau')]
    await until('all members have both', async () => {
      const all = await Promise.all([ana, beto, carla].map((number) => receivedBy(number, group.id)))
      return all.every((texts) => texts.includes('hola a todos') && texts.includes('y chau'))
    })
    for (const id of ids) {
      await until('it is read', async () => (await daemon.message(id)).status === 'read')
    }
    const own = (await shown(group.id)).slice(-2)
    expect(own.map(({ text, direction, sender }) => [text, direction, sender])).toEqual([
      ['hola a todos', 'outgoing', undefined],
      ['y chau', 'outgoing', undefined],
    ])
    // A message from the owner's phone is shown as outgoing, too.
    await sandbox.control.sendAsPhone(account, group.id, 'soy la dueña')
    const last = await until('the phone’s own is there', async () =>
      (await shown(group.id)).find(({ text }) => text === 'soy la dueña'),
    )
    expect(last).toMatchObject({ direction: 'outgoing' })
    expect(last.sender).toBeUndefined()
    // Groups are no customers and have no conversations.
    const { body } = await daemon.call<{ data: { customer: { name: string } }[] }>(
      'GET',
      '/api/v1/conversations',
    )
    expect(body.data).toEqual([])
  },
)

interface GroupShown {
  name: string
  description: string | null
  isMember: boolean
  onlyAdminsWrite: boolean
  members: { jid: string; name: string; role: string }[]
}

const groupShown = async (jid: string) => (await daemon.call<GroupShown>('GET', `/api/v1/groups/${jid}`)).body
const namesIn = async (jid: string) => (await groupShown(jid)).members.map(({ name }) => name).toSorted()

test('a new subject, new members and leaving members are known at once', async () => {
  const group = await makeGroup({ members: [account, ana, beto] })
  await sandbox.control.sendAsCustomer(ana, group.id, 'empezamos')
  await until('it is there', async () => (await textsIn(group.id)).length === 1)
  expect(await groupShown(group.id)).toMatchObject({ name: group.subject, isMember: true })
  await sandbox.control.changeGroup(group.id, { subject: 'Otro nombre', description: 'De qué va' })
  await until('the chat has the new name', async () => (await chatNamed(group.id)) === 'Otro nombre')
  await until(
    'the description is known',
    async () => (await groupShown(group.id)).description === 'De qué va',
  )

  await sandbox.control.changeMembers(group.id, 'add', [carla])
  await until('Carla is in', async () =>
    (await groupShown(group.id)).members.some(({ jid }) => jid.startsWith(carla)),
  )
  await daemon.send(group.id, 'bienvenida')
  await until('Carla has it', async () => (await receivedBy(carla, group.id)).includes('bienvenida'))

  await sandbox.control.changeMembers(group.id, 'promote', [beto])
  await until('Beto is an administrator', async () =>
    (await groupShown(group.id)).members.some(({ jid, role }) => jid.startsWith(beto) && role === 'admin'),
  )
  await sandbox.control.changeMembers(group.id, 'remove', [beto])
  await until('Beto is out', async () => (await namesIn(group.id)).length === 3)
  await daemon.send(group.id, 'sin Beto')
  await until('Carla has it', async () => (await receivedBy(carla, group.id)).includes('sin Beto'))
  expect(await receivedBy(beto, group.id)).not.toContain('sin Beto')
})

test('a group that the account has left keeps its messages and takes no more', async () => {
  const group = await makeGroup()
  await sandbox.control.sendAsCustomer(ana, group.id, 'antes')
  await until('it is there', async () => (await textsIn(group.id)).includes('antes'))
  await sandbox.control.changeMembers(group.id, 'remove', [account])
  await until('that is known', async () => !(await groupShown(group.id)).isMember)
  const id = await daemon.send(group.id, 'nadie lo lee')
  await until('it is refused', async () => (await daemon.message(id)).status === 'failed')
  expect((await daemon.message(id)).reason).toBe('not_in_group')
  expect(await textsIn(group.id)).toContain('antes')
  await sandbox.control.changeMembers(group.id, 'add', [account])
  await until('that is known, too', async () => (await groupShown(group.id)).isMember)
  await daemon.send(group.id, 'de vuelta')
  await until('it arrives', async () => (await receivedBy(ana, group.id)).includes('de vuelta'))
})

type Told = { event: string; data: { jid: string; by: string | null; changes: object } }

/** But that the account has come into it. */
const toldOf = async (jid: string) => {
  const { body } = await daemon.call<{ data: Told[] }>('GET', '/api/v1/events?limit=500')
  const about = body.data.filter(({ event, data }) => event === 'group.updated' && data.jid === jid)
  return about.filter(({ data: { changes } }) => !('isMember' in changes && 'name' in changes))
}
const jidOf = (number: string) => `${number}@s.whatsapp.net`

test('every change of a group is told once as an event that names who made it', async () => {
  const group = await makeGroup({ members: [account, ana, beto] })
  await until('it is known', async () => (await groupShown(group.id)).isMember)
  await sandbox.control.changeGroup(group.id, { subject: 'Con eventos', description: 'Todo se dice' })
  await sandbox.control.changeMembers(group.id, 'add', [carla])
  await sandbox.control.changeMembers(group.id, 'promote', [beto])
  await sandbox.control.changeGroup(group.id, { announce: true, locked: true, by: beto })
  await sandbox.control.changeMembers(group.id, 'demote', [beto])
  await sandbox.control.changeMembers(group.id, 'remove', [carla])
  await sandbox.control.changeGroup(group.id, { ephemeral: 604_800 })
  await sandbox.control.changeGroup(group.id, { onlyAdminsAdd: true, joinApproval: true })
  await sandbox.control.changeGroup(group.id, { joinApproval: false })
  await sandbox.control.renumberMember(group.id, beto, carla)
  const all = [
    [ana, { name: 'Con eventos' }],
    [ana, { description: 'Todo se dice' }],
    [ana, { added: [jidOf(carla)] }],
    [ana, { promoted: [jidOf(beto)] }],
    [beto, { onlyAdminsWrite: true }],
    [beto, { onlyAdminsEdit: true }],
    [ana, { demoted: [jidOf(beto)] }],
    [ana, { removed: [jidOf(carla)] }],
    [ana, { disappearsAfter: 604_800 }],
    [ana, { onlyAdminsAdd: true }],
    [ana, { joinApproval: true }],
    [ana, { joinApproval: false }],
    [beto, { renumbered: [{ from: jidOf(beto), to: jidOf(carla) }] }],
  ] as const
  await until('all is told', async () => (await toldOf(group.id)).length >= all.length)
  const told = (await toldOf(group.id)).map(({ data: { by, changes } }) => [by, changes])
  expect(told).toEqual(all.map(([by, changes]) => [jidOf(by), changes]))
  const { members, ...shown } = await groupShown(group.id)
  expect(shown).toMatchObject({ onlyAdminsWrite: true, onlyAdminsAdd: true, joinApproval: false })
  expect(members.map(({ jid }) => jid)).toEqual([account, ana, carla].map(jidOf))
})

test('sealed edits, answers and votes of members are opened, whoever wrote what they are about', async () => {
  const group = await makeGroup()
  const told = { messageContextInfo: { messageSecret: Buffer.alloc(32, 3).toString('base64') } }
  const poll = { pollCreationMessage: { name: '¿Día?', options: [{ optionName: 'Martes' }] }, ...told }
  const { control } = sandbox
  await control.sendMessageAsPhone(
    account,
    group.id,
    { eventMessage: { name: 'Asado' }, ...told },
    { id: 'E1' },
  )
  await control.sendMessageAsCustomer(ana, group.id, poll, { id: 'P1' })
  await control.sendMessageAsCustomer(beto, group.id, { conversation: 'voy', ...told }, { id: 'T1' })
  await until('all are there', async () => (await textsIn(group.id)).length === 3)
  await control.changeAsCustomer(ana, group.id, { kind: 'answer', message: 'E1', answer: 'going', guests: 1 })
  await control.changeAsCustomer(beto, group.id, { kind: 'vote', message: 'P1', options: ['Martes'] })
  await control.changeAsCustomer(carla, group.id, { kind: 'edit', message: 'T1', text: 'de otra' })
  await control.changeAsCustomer(beto, group.id, { kind: 'edit', message: 'T1', text: 'no voy' })
  await until('the edit is made', async () => (await textsIn(group.id)).includes('no voy'))
  expect(await daemon.chat(group.id)).toMatchObject([
    { details: { event: { going: 2, answers: [{ guests: 1, participant: jidOf(ana) }] } } },
    { details: { poll: { votes: [{ options: ['Martes'], participant: jidOf(beto) }] } } },
    { text: 'no voy' },
  ])
})

test('administrators may delete what others wrote, and other members may not', async () => {
  const group = await makeGroup()
  const ids = new Map<string, string>()
  for (const [number, text] of [
    [beto, 'de Beto'],
    [carla, 'de Carla'],
  ] as const) {
    ids.set(text, await sandbox.control.sendAsCustomer(number, group.id, text))
  }
  await until('both are there', async () => (await textsIn(group.id)).length === 2)
  const erase = (by: string, text: string, author: string) =>
    sandbox.control.changeAsCustomer(by, group.id, { kind: 'delete', message: ids.get(text) ?? '', author })
  // Beto is nobody here; Ana made the group.
  await erase(beto, 'de Carla', carla)
  await erase(ana, 'de Beto', beto)
  await until('Beto’s is deleted', async () => !(await textsIn(group.id)).includes('de Beto'))
  expect(await textsIn(group.id)).toContain('de Carla')
  const ignored = 'a deletion was ignored: its author has no right to it'
  await until('it is in the log', () => daemon.log.some(({ msg }) => msg === ignored))
  await sandbox.control.changeMembers(group.id, 'promote', [beto])
  await until('that is known', async () => (await toldOf(group.id)).length === 1)
  await erase(beto, 'de Carla', carla)
  await until('it is deleted now', async () => !(await textsIn(group.id)).includes('de Carla'))
  // An administrator may take away what the account wrote, too.
  const id = await daemon.send(group.id, 'nuestro')
  const [ours] = await until('Ana has it', async () => {
    const { messages } = await sandbox.control.received(ana, 0, 1000)
    const found = messages.filter((message) => message.group === group.id && message.text === 'nuestro')
    return found.length > 0 && found
  })
  ids.set('nuestro', ours?.id ?? '')
  await erase(beto, 'nuestro', account)
  await until('ours is gone', async () => (await daemon.message(id)).text === '[deleted]')
})

test('the timer of a group applies to what goes out from then on, until it is taken away', async () => {
  const group = await makeGroup()
  await sandbox.control.sendAsCustomer(ana, group.id, 'sin reloj')
  await until('it is there', async () => (await textsIn(group.id)).length === 1)
  const sentWith = async (text: string) => {
    const id = await daemon.send(group.id, text)
    await until('all have read it', async () => (await daemon.message(id)).status === 'read')
    const message = await until('Beto has it', async () => {
      const { messages } = await sandbox.control.received(beto, 0, 1000)
      return messages.find((each) => each.group === group.id && each.text === text)
    })
    return message.message.extendedTextMessage?.contextInfo?.expiration ?? 0
  }
  await sandbox.control.changeGroup(group.id, { ephemeral: 86_400 })
  await until('that is known', async () => (await toldOf(group.id)).length === 1)
  expect(await groupShown(group.id)).toMatchObject({ disappearsAfter: 86_400 })
  expect(await sentWith('con reloj')).toBe(86_400)
  await sandbox.control.changeGroup(group.id, { ephemeral: 0 })
  await until('that is known, too', async () => (await toldOf(group.id)).length === 2)
  expect(await sentWith('otra vez sin')).toBe(0)
})

test('status posts and channels leave nothing behind, and do not come again', async () => {
  const seen = async () =>
    (await daemon.call<{ data: object[] }>('GET', '/api/v1/events?limit=500')).body.data.length
  const before = await seen()
  const id = await sandbox.control.postStatus(ana, account, 'de viaje')
  await sandbox.control.postInChannel('120363099999999999', account, 'oferta')
  await until('WhatsApp is answered', async () => {
    const { statuses } = await sandbox.control.statuses(ana, [id])
    return statuses[id] !== 'queued'
  })
  await sandbox.control.sendAsCustomer(ana, account, 'después')
  await until('what comes after is there', async () => (await textsIn(ana)).includes('después'))
  for (const jid of ['status@broadcast', '120363099999999999@newsletter']) {
    expect((await daemon.call('GET', `/api/v1/chats/${jid}`)).status).toBe(404)
  }
  const { body } = await daemon.call<{ data: { event: string }[] }>('GET', '/api/v1/events?limit=500')
  const told = body.data.slice(before).map(({ event }) => event)
  expect(told.filter((event) => event !== 'customer.created')).toEqual([
    'conversation.created',
    'message.received',
  ])
})

test('a member who lost its keys is asked again, and asks again, until both read', async () => {
  const group = await makeGroup()
  await sandbox.control.sendAsCustomer(ana, group.id, 'uno')
  await daemon.send(group.id, 'para todos')
  await until('all is there', async () => (await receivedBy(ana, group.id)).includes('para todos'))
  await sandbox.control.forgetSessions(ana)
  await daemon.send(group.id, 'después')
  await until('Ana reads it in the end', async () => (await receivedBy(ana, group.id)).includes('después'))
  await sandbox.control.sendAsCustomer(ana, group.id, 'dos')
  await until('so does the daemon', async () => (await textsIn(group.id)).includes('dos'))
})

test('known groups are never asked for again, neither at a start nor for messages both ways', async () => {
  const groups = await Promise.all(Array.from({ length: 6 }, () => makeGroup()))
  for (const { id } of groups) await until('it is known', async () => (await groupShown(id)).isMember)
  const asked = async () => {
    const { queries } = await sandbox.control.phone(account)
    const about = Object.entries(queries).filter(([name]) => name.startsWith('w:g2 get'))
    return about.reduce((sum, [, count]) => sum + count, 0)
  }
  const before = await asked()
  // All of them were told of at the linking or when they were made: a group or two may have been asked for.
  expect(before).toBeLessThan(5)
  await daemon.stop()
  for (const { id } of groups) await sandbox.control.sendAsCustomer(ana, id, 'mientras no estabas')
  await daemon.start()
  await daemon.connected()
  for (const { id } of groups) {
    await until('it is there', async () => (await textsIn(id)).includes('mientras no estabas'), 30_000)
    await daemon.send(id, 'ya estoy')
  }
  for (const { id } of groups) {
    await until('Beto has it', async () => (await receivedBy(beto, id)).includes('ya estoy'), 30_000)
  }
  expect(await asked()).toBe(before)
})

test('a burst in which the daemon is killed loses nothing and doubles nothing', async () => {
  const group = await makeGroup()
  const writers = [ana, beto, carla]
  const incoming = Array.from({ length: 50 }, (_, n) => `entra ${n}`)
  const outgoing = Array.from({ length: 12 }, (_, n) => `sale ${n}`)
  const write = async () => {
    for (const [n, text] of incoming.entries())
      await sandbox.control.sendAsCustomer(writers[n % 3] ?? ana, group.id, text)
  }
  const send = async () => {
    for (const text of outgoing) {
      // If the answer is lost, the same key makes the repetition safe.
      const key = `burst-${text}`
      await until('it is accepted', () => daemon.send(group.id, text, key).catch(() => undefined), 60_000)
    }
  }
  const kills = async () => {
    for (const after of [10, 40]) {
      await until(
        'the burst is under way',
        async () => (await textsIn(group.id).catch(() => [])).length >= after,
        60_000,
      )
      await daemon.kill()
      await daemon.start()
    }
  }
  await Promise.all([write(), send(), kills()])
  await daemon.connected()
  const sorted = (texts: string[], prefix: string) =>
    texts.filter((text) => text.startsWith(prefix)).toSorted()
  await until(
    'all have come',
    async () => sorted(await textsIn(group.id), 'entra').length >= incoming.length,
    30_000,
  )
  expect(sorted(await textsIn(group.id), 'entra')).toEqual(incoming.toSorted())
  // The search index catches up after the kill.
  const found = async () => {
    const path = `/api/v1/search?q=entra&limit=100&jid=${group.id}`
    return (await daemon.call<{ results: { text: string }[] }>('GET', path)).body.results
  }
  await until('all are found', async () => (await found()).length === incoming.length)
  for (const number of writers) {
    await until(
      'all have gone out',
      async () => sorted(await receivedBy(number, group.id), 'sale').length >= outgoing.length,
      30_000,
    )
    expect(sorted(await receivedBy(number, group.id), 'sale')).toEqual(outgoing.toSorted())
  }
}, 120_000)

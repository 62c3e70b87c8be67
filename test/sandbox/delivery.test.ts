import { beforeEach, expect, test } from 'vitest'
import type { Account } from '../../src/sandbox/people/account.ts'
import { Correspondence } from '../../src/sandbox/people/correspondence.ts'
import { Delivery } from '../../src/sandbox/protocol/delivery.ts'
import { Directory } from '../../src/sandbox/people/directory.ts'
import { Faults } from '../../src/sandbox/protocol/faults.ts'
import { newKeyPair, sign, signalKey } from '../../src/sandbox/protocol/keys.ts'
import { LinkedDevice } from '../../src/sandbox/linking/linked-device.ts'
import { children, node, type BinaryNode } from '../../src/sandbox/protocol/nodes.ts'
import type { Person } from '../../src/sandbox/people/person.ts'
import { Receipts } from '../../src/sandbox/protocol/receipts.ts'

let account: Account
let person: Person
let device: LinkedDevice
let delivery: Delivery
let correspondence: Correspondence
let receipts: Receipts

beforeEach(() => {
  const directory = new Directory()
  account = directory.account('34600000001')
  person = directory.person('34611111111')
  const [identity, preKey] = [newKeyPair(), newKeyPair()]
  device = new LinkedDevice(account, 1, {
    noiseKey: newKeyPair().public,
    identity: identity.public,
    registrationId: 7,
    signedPreKey: {
      id: 1,
      publicKey: preKey.public,
      signature: sign(identity.private, signalKey(preKey.public)),
    },
    os: 'test',
    history: { whole: false },
  })
  account.devices.set(1, device)
  const faults = new Faults()
  delivery = new Delivery(faults)
  correspondence = new Correspondence(delivery, () => undefined)
  receipts = new Receipts({
    directory,
    correspondence,
    faults,
    media: { answer: () => undefined },
    log: () => undefined,
  })
})

/** Connects the device. @returns the nodes sent to it, as they come */
function connect(): BinaryNode[] {
  const sent: BinaryNode[] = []
  device.line = { since: 0, send: (stanza) => sent.push(stanza), fail: () => undefined }
  return sent
}

function message(id: string): BinaryNode {
  return node('message', { id, from: '34611111111@s.whatsapp.net' })
}

function idsIn(sent: BinaryNode[]): (string | undefined)[] {
  return sent.map(({ tag, attrs }) => (tag === 'ib' ? 'ib' : attrs['id']))
}

test('messages that come while the backlog is being sent follow it, unmarked', async () => {
  const backlog = Array.from({ length: 250 }, (_, n) => `m${n}`)
  for (const id of backlog) delivery.deliver(device, message(id))
  const sent = connect()
  expect(delivery.announceBacklog(device)).toBeUndefined()
  const preview = children(sent.shift())[0]
  expect(preview).toMatchObject({ tag: 'offline_preview', attrs: { count: '250', message: '250' } })
  await new Promise<void>((done) => {
    delivery.sendBacklog(device, done)
    delivery.deliver(device, message('late'))
  })
  expect(idsIn(sent)).toEqual([...backlog, 'ib', 'late'])
  expect(sent[0]?.attrs['offline']).toBeDefined()
  expect(sent.at(-1)?.attrs['offline']).toBeUndefined()
})

test('a backlog ends where its connection ends, and begins anew at the next', async () => {
  for (let n = 0; n < 150; n++) delivery.deliver(device, message(`m${n}`))
  const first = connect()
  delivery.sendBacklog(device, () => undefined)
  device.line = undefined
  await new Promise((resolve) => setImmediate(resolve))
  expect(first.length).toBe(100)
  const second = connect()
  await new Promise<void>((done) => delivery.sendBacklog(device, done))
  expect(second.length).toBe(151)
})

test('the negative ack that follows a request for a resend does not settle the resend', async () => {
  const id = await correspondence.sendAsCustomer(person, account, { conversation: 'x' })
  const to = person.jid('pn')
  receipts.receipt(
    account,
    device,
    node('receipt', { id, to, type: 'retry' }, [node('retry', { count: '1' })]),
  )
  await person.tasks.idle()
  receipts.ack(account, device, node('ack', { class: 'message', id, to, error: '500' }))
  expect(device.queue.size).toBe(1)
  expect(children(device.queue.all()[0])[0]).toMatchObject({ attrs: { type: 'pkmsg', count: '1' } })
  expect(person.sent.get(id)?.status).toBe('queued')
  receipts.receipt(account, device, node('receipt', { id, to }))
  expect(device.queue.size).toBe(0)
  expect(person.sent.get(id)?.status).toBe('delivered')
})

test('a negative ack without a request is a refusal', async () => {
  const id = await correspondence.sendAsCustomer(person, account, { conversation: 'x' })
  receipts.ack(account, device, node('ack', { class: 'message', id, to: person.jid('lid'), error: '487' }))
  expect(device.queue.size).toBe(0)
  expect(person.sent.get(id)?.status).toBe('refused')
})

test('one receipt settles many', async () => {
  const ids = await Promise.all(
    [1, 2, 3].map((n) => correspondence.sendAsCustomer(person, account, { conversation: `${n}` })),
  )
  const list = node(
    'list',
    {},
    ids.slice(1).map((id) => node('item', { id })),
  )
  receipts.receipt(
    account,
    device,
    node('receipt', { id: ids[0], to: person.jid('pn'), type: 'read' }, [list]),
  )
  expect(device.queue.size).toBe(0)
  expect(person.sent.countByStatus()).toEqual({ read: 3 })
})

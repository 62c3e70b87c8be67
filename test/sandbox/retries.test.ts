import { expect, test } from 'vitest'
import { proto, type WAMessage } from '@whiskeysockets/baileys'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()

test('a customer who lost the session asks again and gets the message', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  await client.send(maria.number, 'uno')
  await maria.sendText(phone.number, 'respuesta')
  await until(() => client.message('respuesta'))
  await client.send(maria.number, 'dos')
  await until(() => maria.received.length === 2)
  maria.forgetSessions()
  const id = await client.send(maria.number, 'tres')
  await until(() => maria.received.length === 3)
  expect(maria.received[2]).toMatchObject({ id, text: 'tres', duplicate: false })
  await until(() => client.status(id) === 4)
})

test('a customer who lost the session begins a new one', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  await maria.sendText(phone.number, 'uno')
  await until(() => client.message('uno'))
  await client.send(maria.number, 'dos')
  await until(() => maria.received.length === 1)
  maria.forgetSessions()
  await maria.sendText(phone.number, 'tres')
  expect(await until(() => client.message('tres'))).toBeTruthy()
})

test('a client asks its store for a message that it no longer remembers', async () => {
  const { phone, maria } = world
  const asked: string[] = []
  const getMessage = async ({ id }: WAMessage['key']) => {
    asked.push(id ?? '')
    return proto.Message.fromObject({ conversation: 'del almacén' })
  }
  maria.setAuto({ deliver: false })
  const client = await world.client().link(phone)
  const id = await client.send(maria.number, 'uno')
  await until(() => client.acks.includes(id))
  await client.end()
  const again = await world.client(client.auth, { getMessage }).open()
  await maria.sendText(phone.number, 'hola')
  await until(() => again.message('hola'))
  const second = await again.send(maria.number, 'dos')
  await until(() => again.acks.includes(second))
  maria.forgetSessions()
  maria.setAuto({ deliver: true })
  await until(() => maria.received.some((message) => message.id === second))
  expect(maria.received.find((message) => message.id === id)?.text ?? 'del almacén').toMatch(
    /uno|del almacén/,
  )
  expect(asked.length).toBeLessThanOrEqual(2)
})

import { proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()
const { CIPHERTEXT } = proto.WebMessageInfo.StubType

test.each([
  ['an element that says so', { element: 'unavailable' } as const],
  ['nothing at all', { element: 'none' } as const],
])('a message that comes with %s instead of its content is fetched from the phone', async (_name, how) => {
  const { phone, maria, sandbox } = world
  const client = await world.client().link(phone)
  sandbox.faults.withhold(1, how)
  const ad = { sourceUrl: 'https://fb.me/x', title: 'Pan de centeno', sourceId: '120', clickId: 'Ab1' }
  const id = await maria.sendText(phone.number, 'Vengo del anuncio', { ad })
  const stub = await until(() => client.messages.find(({ key }) => key.id === id))
  expect(stub).toMatchObject({ messageStubType: CIPHERTEXT })
  expect(stub.message).toBeFalsy()
  const got = await until(() => client.message('Vengo del anuncio'))
  expect(got).toMatchObject({
    key: { id, remoteJid: `${maria.number}@s.whatsapp.net`, fromMe: false },
    pushName: 'María',
    message: {
      extendedTextMessage: {
        contextInfo: {
          entryPointConversionSource: 'ctwa_ad',
          externalAdReply: { sourceUrl: 'https://fb.me/x', title: 'Pan de centeno', ctwaClid: 'Ab1' },
        },
      },
    },
  })
  await maria.sendText(phone.number, 'y otra cosa')
  await until(() => client.message('y otra cosa'))
})

test('a message that never decrypts is fetched from the phone', async () => {
  const { phone, maria, sandbox } = world
  const client = await world.client().link(phone)
  sandbox.faults.spoilMessages()
  const id = await maria.sendText(phone.number, 'ilegible')
  const got = await until(() => client.message('ilegible'))
  expect(got.key).toMatchObject({ id, fromMe: false })
  await maria.sendText(phone.number, 'legible')
  await until(() => client.message('legible'))
})

test('a message that was typed on the phone is fetched from it, too', async () => {
  const { phone, maria, sandbox } = world
  const client = await world.client().link(phone)
  sandbox.faults.withhold(1)
  const id = await phone.sendText(maria.number, 'desde el móvil')
  const got = await until(() => client.message('desde el móvil'))
  expect(got.key).toMatchObject({ id, fromMe: true, remoteJid: `${maria.number}@s.whatsapp.net` })
})

test('a phone that does not answer leaves the placeholder', async () => {
  const { phone, maria, sandbox } = world
  const ignored: unknown[] = []
  const client = await world.client().link(phone)
  const api = new SandboxControl(sandbox.controlUrl)
  await api.fault({ kind: 'withhold' })
  await api.fault({ kind: 'silence_phone', count: 1 })
  const ad = { sourceUrl: 'https://fb.me/y' }
  const id = await api.sendAsCustomer(maria.number, phone.number, 'perdido', { ad })
  await until(() => client.messages.find(({ key }) => key.id === id))
  client.socket.ev.on('messages.update', (updates) => ignored.push(...updates))
  await until(() => ignored.length > 0)
  await maria.sendText(phone.number, 'después')
  await until(() => client.message('después'))
  expect(client.message('perdido')).toBeUndefined()
})

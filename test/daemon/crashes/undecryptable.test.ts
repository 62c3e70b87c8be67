import { expect, test } from 'vitest'
import { account } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const [juan, ana] = ['5491112345678', '5491123456789']

const { sandbox, daemon } = await sharedScene({ customers: [juan, ana] })

const textsOf = async (number: string) => (await daemon.chat(number)).map(({ text }) => text)

async function eventsOf(name: string): Promise<number> {
  const { body } = await daemon.call<{ data: { event: string }[] }>('GET', '/api/v1/events?after=0&limit=500')
  return body.data.filter(({ event }) => event === name).length
}

test('a message that never decrypts is fetched from the phone', async () => {
  await sandbox.control.fault({ kind: 'spoil_messages' })
  await sandbox.control.sendAsCustomer(juan, account, 'ilegible')
  await until('it is there', async () => (await textsOf(juan)).includes('ilegible'), 30_000)
  expect(await textsOf(juan)).toEqual(['ilegible'])
  expect(await eventsOf('message.received')).toBe(1)
}, 60_000)

test.each(['view_once', 'view_once_unavailable_fanout'])(
  'a message that only phones show, and once, has its place in the chat without its content: %s',
  async (type) => {
    const eva = `549112222${type.length}`.padEnd(13, '0')
    await sandbox.control.createCustomer(eva, { name: 'Eva' })
    await sandbox.control.sendAsCustomer(eva, account, 'Mirá')
    await until('it is there', async () => (await textsOf(eva)).length === 1)
    await sandbox.control.fault({ kind: 'withhold', type })
    const picture = { viewOnceMessageV2: { message: { imageMessage: { caption: 'secreto' } } } }
    await sandbox.control.sendMessageAsCustomer(eva, account, picture)
    const all = (await until('its place is there', async () => {
      const shown = await daemon.chat(eva)
      return shown.length === 2 && shown
    })) as { text: string; kind?: string; details?: object }[]
    expect(all[1]).toMatchObject({ text: '[unsupported]', details: { viewOnce: true } })
    expect(await eventsOf('message.undecryptable')).toBe(0)
  },
)

test('a message without its content, as advertisements bring them, has its place at once and is fetched also after a crash', async () => {
  await sandbox.control.fault({ kind: 'withhold' })
  await sandbox.control.sendAsCustomer(ana, account, 'Vengo del anuncio')
  await until('its place is there', async () => (await textsOf(ana)).includes('[undecryptable]'), 20_000)
  // WhatsApp has its receipt, and the library, which would ask the phone in a moment, is gone.
  await daemon.kill()
  await daemon.start()
  await sandbox.control.sendAsCustomer(ana, account, 'Hola')
  await until('the phone has answered', async () => (await textsOf(ana))[0] === 'Vengo del anuncio', 60_000)
  expect(await textsOf(ana)).toEqual(['Vengo del anuncio', 'Hola'])
  expect(await eventsOf('message.received')).toBe(7)
  expect(await eventsOf('message.undecryptable')).toBe(0)
}, 120_000)

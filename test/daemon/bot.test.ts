import { afterAll, expect, test } from 'vitest'
import { ModelServer } from '../../src/sandbox/model-server.ts'
import type { ScriptedReply } from '../../src/sandbox/model-server.ts'
import { account } from '../support/processes.ts'
import { sharedScene, startScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const juan = '5491112345678'
const otherBot = '5491155556666'
let reply: (count: number) => ScriptedReply = () => ({ text: 'Hola, dime en qué te puedo ayudar.' })

let count = 0
const model = await new ModelServer(() => reply(count++)).start()
afterAll(() => model.stop())
const { sandbox, daemon } = await sharedScene({
  customers: { [juan]: 'Juan', [otherBot]: 'Juan' },
  env: {
    ZAGUAN_LLM__BASE_URL: model.baseUrl,
    ZAGUAN_LLM__MODEL: 'scripted',
    ZAGUAN_BOT__NEW_CHATS: 'true',
    ZAGUAN_BOT__PATIENCE_SECONDS: '0.2',
  },
})

interface Turns {
  turns: {
    outcome: string | null
    reason: string | null
    state: string
    attempts: number
    answer: string | null
  }[]
}
const turns = async (number: string) => {
  const { status, body } = await daemon.call<Turns>('GET', `/api/v1/bot/turns?chat=${number}`)
  // A chat begins with its first message: until then there is none.
  if (status !== 200 && status !== 404) throw new Error(`the turns were answered with ${status}`)
  return body.turns ?? []
}
const received = async (number: string) =>
  (await sandbox.control.received(number, 0, 100)).messages.map(({ text }) => text)

test('a daemon that is killed in mid-turn answers after the restart, once', async () => {
  reply = () => ({ hang: true })
  await sandbox.control.sendAsCustomer(juan, account, 'hola, ¿están?')
  await until('the model is asked', () => model.requests.length > 0)
  await daemon.kill()
  reply = () => ({ text: 'Hola, aquí estamos para ayudarte.' })
  await daemon.start()
  await daemon.connected()
  await until('the answer arrives', async () => (await received(juan)).length > 0)
  const [turn] = await until('the turn is done', async () => {
    const list = await turns(juan)
    return list[0]?.state === 'done' && list
  })
  expect(turn).toMatchObject({
    outcome: 'answered',
    attempts: 2,
    answer: 'Hola, aquí estamos para ayudarte.',
  })
  await sandbox.control.sendAsCustomer(juan, account, '¿y la dirección?')
  await until('the next turn', async () => (await turns(juan)).length === 2)
  await until('it is done', async () => (await turns(juan))[0]?.state === 'done')
  expect((await received(juan)).filter((text) => text === 'Hola, aquí estamos para ayudarte.')).toHaveLength(
    1,
  )
})

test('what the owner writes on the phone silences the bot in that chat, and the API gives the chat back', async () => {
  const asked = model.requests.length
  await sandbox.control.sendAsPhone(account, juan, 'te sigo yo')
  await until('taken over', async () => {
    const { body } = await daemon.call<{ reason: string | null }>('GET', `/api/v1/bot/chats/${juan}`)
    return body.reason === 'human'
  })
  await sandbox.control.sendAsCustomer(juan, account, 'perfecto, gracias')
  await until('declined', async () => (await turns(juan))[0]?.reason === 'human')
  expect(model.requests.length).toBe(asked)
  const freed = await daemon.call<{ mayAnswer: boolean }>('PATCH', `/api/v1/bot/chats/${juan}`, {
    human: false,
  })
  expect(freed).toMatchObject({ status: 200, body: { mayAnswer: true } })
  reply = () => ({ text: 'De nuevo por aquí, ¿algo más?' })
  await sandbox.control.sendAsCustomer(juan, account, 'una cosa más')
  await until('answered again', async () => (await received(juan)).includes('De nuevo por aquí, ¿algo más?'))
})

test('two bots that answer each other stop by themselves', async () => {
  await sandbox.control.setAuto(otherBot, { reply: 'Gracias por su mensaje, le responderemos.' })
  const words = 'sol luna mar río monte valle bosque campo cielo nube lluvia viento'.split(' ')
  reply = (count) => ({ text: `Recibido: ${(words[count % words.length] ?? '').repeat(12)}` })
  await sandbox.control.sendAsCustomer(otherBot, account, 'Buenas, le escribe otra empresa')
  const list = await until(
    'the loop ends',
    async () => {
      const list = await turns(otherBot)
      return list.some(({ reason }) => reason === 'loop' || reason === 'human') && list
    },
    40_000,
  )
  expect(list.filter(({ outcome }) => outcome === 'answered').length).toBeLessThanOrEqual(10)
  const { body } = await daemon.call<{ reason: string | null }>('GET', `/api/v1/bot/chats/${otherBot}`)
  expect(body.reason).toBe('human')
})

test('two daemons whose bots write to each other stop by themselves', async () => {
  const neighbour = '5491150505050'
  const words = 'puerta mesa silla vaso plato lámpara ventana techo suelo pared cocina jardín'.split(' ')
  let count = 0
  const theirs = await new ModelServer(() => {
    const word = words[count++ % words.length] ?? ''
    return { text: `Cómo no: ${word.repeat(9)}` }
  }).start()
  reply = (n) => ({ text: `Perfecto: ${(words[(n * 5) % words.length] ?? '').repeat(11)}` })
  const env = {
    ZAGUAN_LLM__BASE_URL: theirs.baseUrl,
    ZAGUAN_LLM__MODEL: 'scripted',
    ZAGUAN_BOT__NEW_CHATS: 'true',
    ZAGUAN_BOT__PATIENCE_SECONDS: '0.1',
  }
  await using scene = await startScene({ sandbox, account: neighbour, env })
  const other = scene.daemon
  await daemon.send(neighbour, 'Buenas, somos la peluquería de al lado')
  await daemon.call('PATCH', `/api/v1/chats/${neighbour}`, { botEnabled: true })
  const ended = async (of: typeof daemon, chat: string) => {
    const { body } = await of.call<{ reason: string | null }>('GET', `/api/v1/bot/chats/${chat}`)
    return body.reason === 'human'
  }
  await until(
    'one of them has had enough',
    async () => (await ended(daemon, neighbour)) || (await ended(other, account)),
    60_000,
  )
  const { body } = await other.call<Turns>('GET', `/api/v1/bot/turns?chat=${account}`)
  const answered = (list: Turns['turns']) => list.filter(({ outcome }) => outcome === 'answered').length
  expect(answered(body.turns)).toBeGreaterThan(2)
  expect(answered(body.turns) + answered(await turns(neighbour))).toBeLessThanOrEqual(21)
  await theirs.stop()
}, 90_000)

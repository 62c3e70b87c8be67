import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ModelFault } from '../../../src/features/bot/rules/bot-model.ts'
import { Circuit } from '../../../src/llm/circuit.ts'
import { OpenAiModel } from '../../../src/llm/openai-model.ts'
import { ModelServer } from '../../../src/sandbox/model-server.ts'
import type { ScriptedReply } from '../../../src/sandbox/model-server.ts'

const question = { messages: [{ role: 'user', text: 'hola' }], tools: [], maxTokens: 50 } as const
const never = new AbortController().signal
let server: ModelServer
let reply: ScriptedReply
let model: OpenAiModel

beforeEach(async () => {
  reply = { text: 'hola' }
  server = await new ModelServer(() => reply).start()
  const log = pino({ level: 'silent' })
  model = new OpenAiModel({
    baseUrl: server.baseUrl,
    apiKey: null,
    model: 'm',
    log,
    retryAfterMs: 1,
    timeoutMs: 300,
  })
})
afterEach(() => server.stop())

const ask = () =>
  model.complete(question, never).then(
    ({ text }) => text,
    (error: unknown) => (error instanceof ModelFault ? error.kind : error),
  )

test('a server that fails five times in a row is left alone, without a further request', async () => {
  reply = { status: 500 }
  for (let n = 0; n < 5; n++) expect(await ask()).toBe('unavailable')
  // Each call was repeated once.
  expect(server.requests).toHaveLength(10)
  expect(await ask()).toBe('circuit_open')
  reply = { text: 'de vuelta' }
  expect(await ask()).toBe('circuit_open')
  expect(server.requests).toHaveLength(10)
})

test('a good answer in between starts the count anew, and calls that the gateway gives up do not count', async () => {
  reply = { status: 500 }
  for (let n = 0; n < 4; n++) await ask()
  reply = { text: 'hola' }
  expect(await ask()).toBe('hola')
  reply = { hang: true }
  for (let n = 0; n < 6; n++) {
    const end = new AbortController()
    const asked = model.complete(question, end.signal).catch((error: unknown) => error)
    end.abort(new Error('newer message'))
    expect(await asked).toMatchObject({ message: 'newer message' })
  }
  reply = { text: 'sigo aquí' }
  expect(await ask()).toBe('sigo aquí')
})

test('a call that succeeds at the second try is no failure', async () => {
  let count = 0
  server.script = () => (count++ % 2 === 0 ? { status: 503 } : { text: 'a la segunda' })
  for (let n = 0; n < 8; n++) expect(await ask()).toBe('a la segunda')
})

test('a circuit lets one call through after its rest, whose outcome decides', () => {
  let now = 0
  const circuit = new Circuit({ failures: 2, restMs: 1000 }, () => now)
  for (let n = 0; n < 2; n++) {
    expect(circuit.enter()).toBe(true)
    circuit.failed()
  }
  expect(circuit.enter()).toBe(false)
  now = 1000
  expect([circuit.enter(), circuit.enter()]).toEqual([true, false])
  circuit.failed()
  expect(circuit.enter()).toBe(false)
  now = 2000
  expect(circuit.enter()).toBe(true)
  // Given up by ourselves: the next one may try.
  circuit.left()
  expect(circuit.enter()).toBe(true)
  circuit.succeeded()
  expect([circuit.enter(), circuit.enter()]).toEqual([true, true])
})

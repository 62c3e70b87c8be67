import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ModelFault } from '../../src/features/bot/rules/bot-model.ts'
import type { ModelMessage, ModelRequest } from '../../src/features/bot/rules/bot-model.ts'
import { OpenAiModel } from '../../src/llm/openai-model.ts'

interface Body {
  messages: { role: string; content: unknown; tool_calls?: { id: string }[]; tool_call_id?: string }[]
  tools?: { function: { name: string; parameters?: Record<string, unknown> } }[]
  max_tokens?: number
  max_completion_tokens?: number
}
type Answer = (response: ServerResponse, body: Body) => void

const never = new AbortController().signal
const tool = {
  name: 'search_knowledge',
  description: 'Searches.',
  parameters: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { query: { type: 'string', minLength: 1 } },
    required: ['query'],
    additionalProperties: false,
  },
}
const question: ModelRequest = {
  messages: [
    { role: 'system', text: 'rules' },
    { role: 'user', text: 'hola' },
  ],
  tools: [],
  maxTokens: 50,
}
let server: Server
let answer: Answer
let bodies: Body[]
let open: number

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request) text += String(piece)
  return text
}

beforeEach(async () => {
  bodies = []
  open = 0
  server = createServer((request, response) => {
    open += 1
    response.on('close', () => (open -= 1))
    void textOf(request).then((text) => {
      const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Body
      bodies.push(body)
      answer(response, body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function makeModel(options: { timeoutMs?: number; images?: boolean } = {}) {
  const { port } = server.address() as AddressInfo
  return new OpenAiModel({
    baseUrl: `http://127.0.0.1:${port}/v1`,
    apiKey: 'sk-test',
    model: 'm',
    transcriptionModel: 'ears',
    log: pino({ level: 'silent' }),
    retryAfterMs: 1,
    timeoutMs: 5000,
    ...options,
  })
}

const json = (response: ServerResponse, value: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const completion = (message: object) => ({
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', ...message } }],
})
const good = (response: ServerResponse) => json(response, completion({ content: 'hola' }))
const refused = (response: ServerResponse, message: string, status = 400) =>
  json(response, { error: { message, type: 'invalid_request_error' } }, status)
const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof ModelFault ? error.kind : String(error)),
  )

test('an answer that inflates to hundreds of megabytes is given up after two, and memory stays small', async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20, 0x20))
  answer = (response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
  const before = process.memoryUsage().arrayBuffers
  expect(await faultOf(makeModel().complete(question, never))).toBe('broken')
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 2 ** 20)
  // It would be as large again.
  expect(bodies).toHaveLength(1)
})

test('an answer that does not end is given up, and its connection closed', async () => {
  const piece = Buffer.alloc(64 * 1024, 0x20)
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = () => {
      while (!response.destroyed && response.write(piece));
    }
    response.on('drain', more)
    more()
  }
  expect(await faultOf(makeModel().complete(question, never))).toBe('broken')
  await expect.poll(() => open).toBe(0)
})

test('an answer that drips is given up when its time is over, also after its head has come', async () => {
  const drips: NodeJS.Timeout[] = []
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    drips.push(setInterval(() => response.write(' '), 20))
  }
  expect(await faultOf(makeModel({ timeoutMs: 300 }).complete(question, never))).toBe('timed_out')
  for (const drip of drips) clearInterval(drip)
})

test('a redirect is not followed: the conversation goes nowhere else', async () => {
  let elsewhere = 0
  const other = createServer((_, response) => {
    elsewhere += 1
    good(response)
  }).listen(0, '127.0.0.2')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  for (const status of [301, 302, 303, 307, 308]) {
    answer = (response) =>
      response.writeHead(status, { location: `http://127.0.0.2:${port}/v1/chat/completions` }).end()
    expect(await faultOf(makeModel().complete(question, never))).toBe('refused')
  }
  expect(elsewhere).toBe(0)
  other.close()
})

test('only eight of 200,000 tool calls are read, and long arguments are cut', async () => {
  const call = { function: { name: 'a' } }
  answer = (response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(completion({ content: null, tool_calls: [] })).replace(
          '"tool_calls":[]',
          `"tool_calls":[${JSON.stringify({ function: { name: 'b'.repeat(5000), arguments: 'x'.repeat(90_000) } })},${'{},'.repeat(200_000)}${JSON.stringify(call)}]`,
        ),
      )
  const { calls } = await makeModel().complete(question, never)
  expect(calls).toHaveLength(1)
  expect(calls[0]?.arguments.length).toBeLessThanOrEqual(20_000)
  expect(calls[0]?.name.length).toBeLessThanOrEqual(100)
  answer = (response) =>
    json(response, completion({ content: null, tool_calls: Array.from({ length: 50_000 }, () => call) }))
  expect((await makeModel().complete(question, never)).calls).toHaveLength(8)
})

test('the text that is understood of a voice note is bounded as well', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zaguan-voice-'))
  const audio = { path: join(folder, 'voice.ogg'), mimeType: 'audio/ogg' }
  await writeFile(audio.path, 'OggS')
  answer = (response) => json(response, { text: 'a'.repeat(3 * 2 ** 20) })
  expect(await faultOf(makeModel().transcribe(audio, never))).toBe('broken')
  answer = (response) => json(response, { text: 'a'.repeat(2 ** 20) })
  expect((await makeModel().transcribe(audio, never)).length).toBe(65_536)
  answer = (response) => response.writeHead(307, { location: 'http://127.0.0.2:1/' }).end()
  expect(await faultOf(makeModel().transcribe(audio, never))).toBe('refused')
  await rm(folder, { recursive: true })
})

const rolesOf = ({ messages }: Body) => messages.map(({ role }) => role)
const inTurn = (body: Body) =>
  rolesOf(body)
    .filter((role) => role !== 'system')
    .every((role, index) => role === (index % 2 === 0 ? 'user' : 'assistant'))
const hasTools = (body: Body) => body.tools !== undefined || rolesOf(body).includes('tool')

/** Each takes only requests of its own kind, and says so in the words of a server that there is. */
const servers: Record<string, (response: ServerResponse, body: Body) => unknown> = {
  'wants user and assistant in turn (vLLM)': (response, body) =>
    inTurn(body)
      ? good(response)
      : refused(response, 'Conversation roles must alternate user/assistant/user/assistant/...'),
  'wants them in turn and says so with a 500 (llama.cpp)': (response, body) =>
    inTurn(body)
      ? good(response)
      : json(
          response,
          { error: { code: 500, message: 'Jinja Exception: roles must alternate', type: 'server_error' } },
          500,
        ),
  'wants them in turn and says so without an error object (Mistral)': (response, body) =>
    inTurn(body)
      ? good(response)
      : json(
          response,
          { object: 'error', message: 'Expected last role User but got assistant: roles must alternate' },
          400,
        ),
  'knows only max_completion_tokens (Azure)': (response, body) =>
    body.max_tokens === undefined
      ? good(response)
      : refused(
          response,
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ),
  'knows no limit at all': (response, body) =>
    body.max_tokens === undefined && body.max_completion_tokens === undefined
      ? good(response)
      : json(response, { detail: [{ loc: ['body', 'max_tokens'], msg: 'must be at most 40' }] }, 422),
  'knows no system role (Gemma)': (response, body) =>
    rolesOf(body).includes('system') || !inTurn(body)
      ? refused(response, 'System role not supported', 400)
      : good(response),
  'knows no tools (Ollama)': (response, body) =>
    hasTools(body)
      ? refused(response, 'registry.ollama.ai/library/gemma:2b does not support tools')
      : good(response),
  'has no tools switched on (vLLM)': (response, body) =>
    hasTools(body)
      ? refused(
          response,
          '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        )
      : good(response),
  'has no host with tools (OpenRouter)': (response, body) =>
    hasTools(body) ? refused(response, 'No endpoints found that support tool use.', 404) : good(response),
  'wants ids of nine letters (Mistral)': (response, body) =>
    body.messages.every(({ tool_call_id: id }) => id === undefined || /^[a-zA-Z0-9]{9}$/.test(id))
      ? good(response)
      : refused(response, 'Tool call id was call_1_0 but must be a-z, A-Z, 0-9, with a length of 9.'),
  'wants plain schemas (Gemini)': (response, body) =>
    body.tools?.some(({ function: { parameters } }) => parameters && 'additionalProperties' in parameters)
      ? refused(response, 'Invalid JSON payload received. Unknown name "additionalProperties" at tools[0]')
      : good(response),
  'wants words in each message (Bedrock)': (response, body) =>
    body.messages.every(({ content }) => content !== '')
      ? good(response)
      : refused(response, 'messages: text content blocks must be non-empty'),
}

const long: ModelMessage[] = [
  { role: 'system', text: 'rules' },
  { role: 'assistant', text: 'Buenas' },
  { role: 'user', text: 'uno' },
  { role: 'user', text: 'dos' },
  {
    role: 'assistant',
    text: '',
    calls: [{ id: 'call_1_0', name: 'search_knowledge', arguments: '{"query":"x"}' }],
  },
  { role: 'tool', callId: 'call_1_0', text: 'nada' },
]

test.each(Object.entries(servers))('a server that %s is understood, once and for all', async (_, takes) => {
  answer = takes
  const model = makeModel()
  const request = { messages: long, tools: [tool], maxTokens: 700 }
  expect(await model.complete(request, never)).toMatchObject({ text: 'hola' })
  const words =
    bodies
      .at(-1)
      ?.messages.map(({ content }) => JSON.stringify(content))
      .join('\n') ?? ''
  for (const word of ['rules', 'Buenas', 'uno', 'dos', 'nada']) expect(words).toContain(word)
  // The next request is right at once.
  const asked = bodies.length
  expect(await model.complete(request, never)).toMatchObject({ text: 'hola' })
  expect(bodies).toHaveLength(asked + 1)
})

test('a server without tools is told of them in words, and what it writes is called', async () => {
  answer = (response, body) =>
    hasTools(body)
      ? refused(response, 'this model does not support tools')
      : json(
          response,
          completion({
            content: JSON.stringify(body.messages).includes('search_knowledge')
              ? '{"name": "search_knowledge", "arguments": {"query": "corte"}}'
              : 'no tools',
          }),
        )
  const { calls } = await makeModel().complete({ ...question, tools: [tool] }, never)
  expect(calls).toMatchObject([{ name: 'search_knowledge', arguments: '{"query":"corte"}' }])
})

test('a refusal from which nothing can be learnt is a failure after one request', async () => {
  answer = (response) => refused(response, 'Incorrect API key provided', 401)
  expect(await faultOf(makeModel().complete(question, never))).toBe('refused')
  answer = (response) => refused(response, 'Your request was rejected by the safety system.')
  expect(await faultOf(makeModel().complete(question, never))).toBe('refused')
  expect(bodies).toHaveLength(2)
})

test('a server that refuses every form is asked a few times only', async () => {
  answer = (response) =>
    refused(response, 'max_tokens, max_completion_tokens, roles must alternate, tools not supported')
  expect(await faultOf(makeModel().complete({ messages: long, tools: [tool], maxTokens: 700 }, never))).toBe(
    'refused',
  )
  expect(bodies.length).toBeLessThanOrEqual(8)
})

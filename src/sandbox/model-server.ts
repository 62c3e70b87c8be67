import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Holds a request of OpenAI's chat API, as far as scripts need it. */
export interface ChatRequest {
  model: string
  messages: {
    role: string
    content: string | null
    /** Pictures beside the words, as `data:` URLs. */
    images?: string[]
    tool_calls?: unknown[]
    tool_call_id?: string
  }[]
  tools?: { function: { name: string } }[]
}

/** Holds a scripted reply: words, tool calls, an error, or raw bytes. */
export interface ScriptedReply {
  text?: string
  calls?: { name: string; arguments: unknown }[]
  /** The finish reason; `stop` or `tool_calls` if undefined. */
  finish?: string
  status?: number
  headers?: Record<string, string>
  /** Sent as it is, in place of a reply. */
  raw?: string
  /** Never replies, until the caller gives up. */
  hang?: boolean
  delayMs?: number
}

/** Returns the model's reply; `index` counts requests from 0. */
export type ModelScript = (request: ChatRequest, index: number) => ScriptedReply | Promise<ScriptedReply>

/** Serves a scripted language model behind OpenAI's API. */
export class ModelServer {
  /** Every request so far. */
  readonly requests: ChatRequest[] = []
  script: ModelScript
  /** Transcribes a sound file; without it the model has no transcription. */
  hear: ((bytes: Buffer) => ScriptedReply) | undefined
  private server: Server | undefined

  constructor(script: ModelScript) {
    this.script = script
  }

  /** Returns its address, for `llm.baseUrl`. */
  get baseUrl(): string {
    if (!this.server) throw new Error('the model server has not started')
    const { port } = this.server.address() as AddressInfo
    return `http://127.0.0.1:${port}/v1`
  }

  async start(port = 0): Promise<this> {
    const server = createServer((request, response) => {
      this.answer(request, response).catch(() => response.destroy())
    })
    this.server = server
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return this
  }

  async stop(): Promise<void> {
    const { server } = this
    if (!server) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bytesOf(request)
    if (request.url?.endsWith('/audio/transcriptions')) {
      const heard = this.hear?.(bytes) ?? { status: 404 }
      return this.reply(heard, response, () => ({ text: heard.text ?? '' }))
    }
    const body = withPlainWords(JSON.parse(bytes.toString('utf8')) as WireRequest)
    const index = this.requests.push(body) - 1
    const reply = await this.script(body, index)
    await this.reply(reply, response, () => completion(body, reply, index))
  }

  private async reply(reply: ScriptedReply, response: ServerResponse, good: () => object): Promise<void> {
    if (reply.hang === true) return
    if (reply.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.delayMs))
    const status = reply.status ?? 200
    response.writeHead(status, { 'content-type': 'application/json', ...reply.headers })
    if (reply.raw !== undefined) response.end(reply.raw)
    else if (status !== 200)
      response.end(JSON.stringify({ error: { message: 'scripted failure', type: 'error' } }))
    else response.end(JSON.stringify(good()))
  }
}

type Part = { type: string; text?: string; image_url?: { url: string } }

interface WireRequest extends Omit<ChatRequest, 'messages'> {
  messages: (Omit<ChatRequest['messages'][number], 'content'> & { content: string | Part[] | null })[]
}

/** Separates words and pictures of a message. */
function withPlainWords(request: WireRequest): ChatRequest {
  const messages = request.messages.map(({ content, ...message }) => {
    if (!Array.isArray(content)) return { ...message, content }
    const images = content.flatMap((part) => part.image_url?.url ?? [])
    return { ...message, content: content.map((part) => part.text ?? '').join(''), images }
  })
  return { ...request, messages }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

function completion(request: ChatRequest, reply: ScriptedReply, index: number): object {
  const calls = (reply.calls ?? []).map((call, at) => ({
    id: `call_${index}_${at}`,
    type: 'function',
    function: {
      name: call.name,
      arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
    },
  }))
  const words = (message: { content: string | null }) => (message.content ?? '').length
  const prompt = Math.ceil(request.messages.reduce((sum, message) => sum + words(message), 0) / 4)
  const answer = Math.ceil((reply.text ?? '').length / 4)
  return {
    id: `chatcmpl-${index}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    choices: [
      {
        index: 0,
        finish_reason: reply.finish ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
        message: {
          role: 'assistant',
          content: reply.text ?? null,
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
      },
    ],
    usage: { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer },
  }
}

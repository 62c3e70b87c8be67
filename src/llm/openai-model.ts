import { readFile } from 'node:fs/promises'
import {
  OpenAI,
  toFile,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from 'openai'
import type {
  ChatCompletion,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions'
import { ModelFault, questionFault } from '../domain/bot-model.ts'
import type {
  Model,
  ModelMessage,
  ModelReply,
  ModelRequest,
  ToolOffer,
  ToolRequest,
} from '../domain/bot-model.ts'
import { wait } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { Circuit } from './circuit.ts'

export interface OpenAiOptions {
  baseUrl: string
  apiKey: string | null
  model: string
  /** It takes pictures. */
  images?: boolean
  /** The model that turns speech into text; left out or null: there is none. */
  transcriptionModel?: string | null
  log: Logger
  /** One call, without its repetition. */
  timeoutMs?: number
  /** Before the one repetition, where the server does not say. */
  retryAfterMs?: number
}

/** A server that asks for a longer pause is not asked again in this turn. */
const longestRetryMs = 5000
/** More calls than this in one answer are no plan. */
const mostCalls = 8

/** Any server with OpenAI's chat interface: one repetition of what may succeed the second time, and a circuit breaker. */
export class OpenAiModel implements Model {
  readonly name: string
  readonly sees: boolean
  readonly hears: boolean
  private readonly client: OpenAI
  private readonly circuit = new Circuit({ failures: 5, restMs: 60_000 })
  private readonly listening = new Circuit({ failures: 5, restMs: 60_000 })
  private readonly options: OpenAiOptions

  constructor(options: OpenAiOptions) {
    this.name = options.model
    this.sees = options.images ?? false
    this.hears = (options.transcriptionModel ?? null) !== null
    this.options = options
    this.client = new OpenAI({
      baseURL: options.baseUrl,
      // Local servers want none, but the library does.
      apiKey: options.apiKey ?? 'none',
      // Not from the environment: what is not configured is not sent.
      organization: null,
      project: null,
      maxRetries: 0,
      timeout: options.timeoutMs ?? 30_000,
      logLevel: 'off',
    })
  }

  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelReply> {
    return this.guarded(this.circuit, () => this.once(request, signal), signal)
  }

  transcribe(audio: { path: string; mimeType: string }, signal: AbortSignal): Promise<string> {
    // A server may answer well and have no ears, or the other way round.
    return this.guarded(this.listening, () => this.hear(audio, signal), signal)
  }

  private async guarded<T>(circuit: Circuit, call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (!circuit.enter()) throw new ModelFault('circuit_open', 'The model failed too often and rests.')
    try {
      const reply = await this.twice(call, signal)
      circuit.succeeded()
      return reply
    } catch (error) {
      if (signal.aborted) circuit.left()
      else circuit.failed()
      throw error
    }
  }

  private async twice<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await call()
    } catch (error) {
      const { fault, retryMs } = this.translate(error, signal)
      if (retryMs === null) throw fault
      this.options.log.warn(questionFault(fault), 'the language model did not answer; it is asked once more')
      await wait(retryMs, signal)
      signal.throwIfAborted()
      return await call().catch((again: unknown) => {
        throw this.translate(again, signal).fault
      })
    }
  }

  private async once(request: ModelRequest, signal: AbortSignal): Promise<ModelReply> {
    const completion = await this.client.chat.completions.create(this.body(request), { signal })
    return readReply(completion)
  }

  private async hear(audio: { path: string; mimeType: string }, signal: AbortSignal): Promise<string> {
    const file = await toFile(await readFile(audio.path), `voice.${extensionOf(audio.mimeType)}`, {
      type: audio.mimeType,
    })
    const model = this.options.transcriptionModel ?? ''
    const heard = await this.client.audio.transcriptions.create({ file, model }, { signal })
    const { text } = heard as { text?: unknown }
    if (typeof text !== 'string') throw new ModelFault('broken', 'The model answered without a text.')
    return text
  }

  private body({ messages, tools, maxTokens }: ModelRequest): ChatCompletionCreateParamsNonStreaming {
    // OpenAI's newer models refuse the old name; most other servers know only that.
    const limit = new URL(this.options.baseUrl).hostname.endsWith('openai.com')
      ? { max_completion_tokens: maxTokens }
      : { max_tokens: maxTokens }
    return {
      model: this.name,
      messages: messages.map(toWire),
      ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
      ...limit,
    }
  }

  private translate(error: unknown, signal: AbortSignal): { fault: unknown; retryMs: number | null } {
    if (signal.aborted || error instanceof APIUserAbortError) return { fault: signal.reason, retryMs: null }
    if (error instanceof ModelFault) return { fault: error, retryMs: error.kind === 'broken' ? 0 : null }
    const pause = this.options.retryAfterMs ?? 500
    if (error instanceof APIConnectionTimeoutError) {
      return {
        fault: new ModelFault('timed_out', 'The model did not answer in time.', error),
        retryMs: pause,
      }
    }
    if (error instanceof APIConnectionError) {
      return { fault: new ModelFault('unavailable', 'The model cannot be reached.', error), retryMs: pause }
    }
    if (error instanceof APIError && typeof error.status === 'number')
      return this.byStatus(error, error.status)
    return { fault: new ModelFault('broken', 'The model answered something unreadable.', error), retryMs: 0 }
  }

  private byStatus(error: APIError, status: number): { fault: ModelFault; retryMs: number | null } {
    const pause = this.options.retryAfterMs ?? 500
    if (status === 429) {
      const asked = Number(error.headers?.get('retry-after') ?? Number.NaN) * 1000
      const retryMs = Number.isFinite(asked) && asked >= 0 ? asked : pause
      const fault = new ModelFault('rate_limited', 'The model asks for fewer requests.', error)
      return { fault, retryMs: retryMs > longestRetryMs ? null : retryMs }
    }
    if (status >= 500 || status === 408) {
      return { fault: new ModelFault('unavailable', `The model answered ${status}.`, error), retryMs: pause }
    }
    // Wrong key, unknown model, too long a prompt: the same again would fare no better.
    return { fault: new ModelFault('refused', `The model answered ${status}.`, error), retryMs: null }
  }
}

function toWire(message: ModelMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text }
    case 'user':
      return { role: 'user', content: withImages(message) }
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.text }
    case 'assistant':
      return {
        role: 'assistant',
        content: message.text,
        ...(message.calls === undefined || message.calls.length === 0
          ? {}
          : {
              tool_calls: message.calls.map((call) => ({
                id: call.id,
                type: 'function' as const,
                function: { name: call.name, arguments: call.arguments },
              })),
            }),
      }
  }
}

function withImages({
  text,
  images = [],
}: Extract<ModelMessage, { role: 'user' }>): string | ChatCompletionContentPart[] {
  if (images.length === 0) return text
  const parts = images.map(({ mimeType, base64 }) => ({
    type: 'image_url' as const,
    image_url: { url: `data:${mimeType};base64,${base64}` },
  }))
  return [{ type: 'text', text }, ...parts]
}

/** Servers tell the kind of sound by the name of the file. */
function extensionOf(mimeType: string): string {
  const kind = mimeType.split(';')[0]?.trim() ?? ''
  const known: Readonly<Record<string, string>> = {
    'audio/ogg': 'ogg',
    'audio/mpeg': 'mp3',
    'audio/mp4': 'm4a',
    'audio/aac': 'm4a',
    'audio/wav': 'wav',
    'audio/webm': 'webm',
  }
  return known[kind] ?? 'ogg'
}

function toTool({ name, description, parameters }: ToolOffer): ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters } }
}

/** The answer as we use it. Servers of many makes answer here: nothing of it is taken for granted. */
function readReply(completion: ChatCompletion): ModelReply {
  const message = (completion as Partial<ChatCompletion>).choices?.[0]?.message
  if (!message) throw new ModelFault('broken', 'The model answered without a message.')
  const calls: ToolRequest[] = []
  for (const [index, call] of (Array.isArray(message.tool_calls) ? message.tool_calls : []).entries()) {
    if (call?.type !== 'function' || typeof call.function?.name !== 'string' || calls.length >= mostCalls)
      continue
    const id = typeof call.id === 'string' && call.id !== '' ? call.id : `call_${index}`
    calls.push({ id, name: call.function.name, arguments: String(call.function.arguments ?? '') })
  }
  return {
    text: typeof message.content === 'string' ? message.content : '',
    calls,
    tokens: {
      input: count(completion.usage?.prompt_tokens),
      output: count(completion.usage?.completion_tokens),
    },
  }
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.round(value) : 0
}

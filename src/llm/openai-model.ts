import { readFile } from 'node:fs/promises'
import {
  OpenAI,
  toFile,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from 'openai'
import { ModelFault, questionFault } from '../features/bot/rules/bot-model.ts'
import type { Model, ModelReply, ModelRequest } from '../features/bot/rules/bot-model.ts'
import { wait } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { Circuit } from './circuit.ts'
import { defaultDialect, learnt } from './dialect.ts'
import type { Dialect } from './dialect.ts'
import { readReply, readTranscript } from './read-reply.ts'
import { requestBody } from './request-body.ts'

/** Says how to reach the model's server. */
export interface OpenAiOptions {
  baseUrl: string
  apiKey: string | null
  model: string
  /** True if the model takes pictures. */
  images?: boolean
  /** The model for speech recognition; null or undefined: no recognition. */
  transcriptionModel?: string | null
  log: Logger
  /** The time limit of one call in milliseconds, without the retry. */
  timeoutMs?: number
  /** The pause before the retry in milliseconds, unless the server states one. */
  retryAfterMs?: number
}

/** A server that asks for a longer pause is not asked again in this turn. */
const maxRetryMs = 5000
/** Times that a refused request is reworded before it counts as refused. */
const maxLessons = 6
/**
 * Statuses that may complain about the form: some servers report a failing chat template as a server error, others a
 * model with tools as "not found".
 */
const teaching: ReadonlySet<number> = new Set([400, 404, 422, 500, 501])

/** Talks to any server with OpenAI's chat interface, with one retry for transient failures and a circuit breaker. */
export class OpenAiModel implements Model {
  readonly name: string
  readonly takesImages: boolean
  readonly takesSpeech: boolean
  private readonly client: OpenAI
  private readonly circuit = new Circuit({ failures: 5, restMs: 60_000 })
  private readonly listening = new Circuit({ failures: 5, restMs: 60_000 })
  private readonly options: OpenAiOptions
  private dialect: Dialect

  constructor(options: OpenAiOptions) {
    this.name = options.model
    this.takesImages = options.images ?? false
    this.takesSpeech = (options.transcriptionModel ?? null) !== null
    this.options = options
    this.dialect = defaultDialect(options.baseUrl)
    this.client = new OpenAI({
      baseURL: options.baseUrl,
      // Local servers need none, but the library insists on one.
      apiKey: options.apiKey ?? 'none',
      // Values of the environment are not sent, only configured ones.
      organization: null,
      project: null,
      maxRetries: 0,
      timeout: options.timeoutMs ?? 30_000,
      logLevel: 'off',
      fetch: boundedFetch,
    })
  }

  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelReply> {
    return this.guarded(this.circuit, () => this.once(request, signal), signal)
  }

  transcribe(audio: { path: string; mimeType: string }, signal: AbortSignal): Promise<string> {
    // A server may answer well and not transcribe, or the other way round.
    return this.guarded(this.listening, () => this.transcribeSpeech(audio, signal), signal)
  }

  private async guarded<T>(circuit: Circuit, call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (!circuit.enter())
      throw new ModelFault('circuit_open', 'The model failed too often; it is asked again after a pause.')
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
      this.options.log.warn(questionFault(fault), 'the language model did not answer; asking once more')
      await wait(retryMs, signal)
      signal.throwIfAborted()
      return await call().catch((again: unknown) => {
        throw this.translate(again, signal).fault
      })
    }
  }

  /** Asks in the server's dialect; a refusal of the request's form teaches another one. */
  private async once(request: ModelRequest, signal: AbortSignal): Promise<ModelReply> {
    let { dialect } = this
    const tried = new Set<string>()
    for (;;) {
      tried.add(JSON.stringify(dialect))
      try {
        const body = requestBody(this.name, request, dialect)
        const completion = await this.client.chat.completions.create(body, { signal })
        const reply = readReply(completion, request.tools)
        this.dialect = dialect
        return reply
      } catch (error) {
        const next = nextDialect(error, dialect)
        if (next === undefined || tried.size > maxLessons || tried.has(JSON.stringify(next))) throw error
        this.options.log.info({ dialect: next }, 'the language model refused the form of a request')
        dialect = next
      }
    }
  }

  private async transcribeSpeech(
    audio: { path: string; mimeType: string },
    signal: AbortSignal,
  ): Promise<string> {
    const file = await toFile(await readFile(audio.path), `voice.${extensionOf(audio.mimeType)}`, {
      type: audio.mimeType,
    })
    const model = this.options.transcriptionModel ?? ''
    const heard = await this.client.audio.transcriptions.create({ file, model }, { signal })
    return readTranscript(heard)
  }

  private translate(error: unknown, signal: AbortSignal): { fault: unknown; retryMs: number | null } {
    if (signal.aborted || error instanceof APIUserAbortError) return { fault: signal.reason, retryMs: null }
    if (error instanceof ModelFault) return { fault: error, retryMs: error.kind === 'broken' ? 0 : null }
    // A response that is too large would be too large again.
    if (error instanceof APIConnectionError && error.cause instanceof ModelFault)
      return { fault: error.cause, retryMs: null }
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
    return { fault: new ModelFault('broken', 'The answer of the model cannot be read.', error), retryMs: 0 }
  }

  private byStatus(error: APIError, status: number): { fault: ModelFault; retryMs: number | null } {
    const pause = this.options.retryAfterMs ?? 500
    if (status === 429) {
      const asked = Number(error.headers?.get('retry-after') ?? Number.NaN) * 1000
      const retryMs = Number.isFinite(asked) && asked >= 0 ? asked : pause
      const fault = new ModelFault('rate_limited', 'The server of the model limits requests for now.', error)
      return { fault, retryMs: retryMs > maxRetryMs ? null : retryMs }
    }
    if (status >= 500 || status === 408) {
      return { fault: new ModelFault('unavailable', `The model answered ${status}.`, error), retryMs: pause }
    }
    if (status >= 300 && status < 400) {
      const say = `The model's server redirects (${status}). Set llm.baseUrl to its final address.`
      return { fault: new ModelFault('refused', say, error), retryMs: null }
    }
    // Wrong key, unknown model, prompt too long: a retry would fail the same way.
    return { fault: new ModelFault('refused', `The model answered ${status}.`, error), retryMs: null }
  }
}

/** Returns the file extension, by which servers recognise the audio format. */
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

function nextDialect(error: unknown, dialect: Dialect): Dialect | undefined {
  if (!(error instanceof APIError) || typeof error.status !== 'number') return undefined
  return teaching.has(error.status) ? learnt(dialect, error.message) : undefined
}

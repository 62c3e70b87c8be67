import type { Agent, Dispatcher } from 'undici'
import { keepParserPlain } from '../runtime/memory.ts'

interface Opened {
  agent: Agent
  request: typeof import('undici').request
}

/**
 * Pools keep-alive connections to other servers. undici is loaded by the first request: it costs 5 MiB that a gateway
 * without webhooks and files never needs.
 */
export class HttpPool {
  private readonly options: Agent.Options
  private opening: Promise<Opened> | undefined

  constructor(options: Agent.Options) {
    this.options = options
  }

  /** Sends a GET request and resolves with any response, redirects included. @throws the network's errors */
  async get(
    url: URL,
    options: { headers: Record<string, string>; signal: AbortSignal },
  ): Promise<HttpResponse> {
    const { agent, request } = await this.open()
    return request(url, { ...options, dispatcher: agent })
  }

  /** Returns the pool for callers that work below undici's streams and promises. */
  async agent(): Promise<Agent> {
    return (await this.open()).agent
  }

  async close(): Promise<void> {
    await (await this.opening)?.agent.destroy()
  }

  private async open(): Promise<Opened> {
    this.opening ??= this.load()
    const opened = await this.opening
    keepParserPlain(opened.agent)
    return opened
  }

  private async load(): Promise<Opened> {
    const { Agent, request } = await import('undici')
    return { agent: new Agent(this.options), request }
  }
}

/** Holds a response whose body is still a stream. */
export type HttpResponse = Dispatcher.ResponseData

import type { Agent, Dispatcher } from 'undici'

interface Opened {
  agent: Agent
  request: typeof import('undici').request
}

/**
 * Kept connections to servers elsewhere. Its library is loaded with the first request: 5 MiB, which a gateway without webhooks
 * and files never needs.
 */
export class HttpPool {
  private readonly options: Agent.Options
  private opening: Promise<Opened> | undefined

  constructor(options: Agent.Options) {
    this.options = options
  }

  /** A GET with whatever answer it has; redirects are answers, too. @throws what the network throws */
  async get(url: URL, options: { headers: Record<string, string>; signal: AbortSignal }): Promise<Answer> {
    const { agent, request } = await this.open()
    return request(url, { ...options, dispatcher: agent })
  }

  /** The pool itself, for those who speak below the library's streams and promises. */
  async agent(): Promise<Agent> {
    return (await this.open()).agent
  }

  async close(): Promise<void> {
    await (await this.opening)?.agent.destroy()
  }

  private open(): Promise<Opened> {
    this.opening ??= this.load()
    return this.opening
  }

  private async load(): Promise<Opened> {
    const { Agent, request } = await import('undici')
    return { agent: new Agent(this.options), request }
  }
}

export type Answer = Dispatcher.ResponseData

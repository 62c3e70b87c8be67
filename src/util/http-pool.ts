import { setFlagsFromString } from 'node:v8'
import type { Agent, Dispatcher } from 'undici'

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
  async get(url: URL, options: { headers: Record<string, string>; signal: AbortSignal }): Promise<Answer> {
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

const optimising = ['wasm-dynamic-tiering', 'wasm-tier-up'] as const
/** By then the first response has been read, unless the server is slow. */
const firstAnswerMs = 2000
let parser: 'none' | 'coming' | 'made' = 'none'

/**
 * Keeps V8 from optimising undici's parser, one huge WebAssembly function. The optimiser takes 30 MiB for it after a
 * large file or some thousand responses and makes it no faster. V8 settles how a function is compiled on its first
 * call, which comes with the first response: WebAssembly tier-up is off until then, and no longer.
 */
function keepParserPlain(agent: Agent): void {
  if (parser !== 'none') return
  parser = 'coming'
  for (const flag of optimising) setFlagsFromString(`--no-${flag}`)
  const settle = (state: 'none' | 'made') => {
    agent.off('connect', connected).off('connectionError', refused)
    if (parser !== 'coming') return
    parser = state
    for (const flag of optimising) setFlagsFromString(`--${flag}`)
  }
  const connected = () => void setTimeout(settle, firstAnswerMs, 'made').unref()
  const refused = () => settle('none')
  agent.once('connect', connected).once('connectionError', refused)
}

/** A response whose body is still a stream. */
export type Answer = Dispatcher.ResponseData

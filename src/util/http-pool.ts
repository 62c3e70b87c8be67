import { setFlagsFromString } from 'node:v8'
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
/** By then the first answer of a server has been read, or it is a slow one. */
const firstAnswerMs = 2000
let parser: 'none' | 'coming' | 'made' = 'none'

/**
 * The library's parser is one huge function in WebAssembly. V8's optimiser takes 30 MiB for it as soon as it has seen a large
 * file or some thousand answers, and makes it no faster. How a function is compiled is settled when it is first called, which
 * is with the first answer that the process gets: until then, and no longer, the optimiser is off for WebAssembly.
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

export type Answer = Dispatcher.ResponseData

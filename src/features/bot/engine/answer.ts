import { randomBytes } from 'node:crypto'
import { ModelFault } from '../rules/bot-model.ts'
import type { Model, ModelMessage, ModelReply, ToolRequest } from '../rules/bot-model.ts'
import type { BotConfig } from '../rules/bot-settings.ts'
import { botTools, toolParameters, toolsFor } from '../rules/bot-tools.ts'
import type { Block, RunningTurn, ToolCall, TurnReason, TurnRecord } from '../rules/bot-turn.ts'
import type { BotBrief } from '../bot-brief.ts'
import type { BotTools } from '../bot-tools.ts'
import { firstFailure } from './checks.ts'
import type { Evidence, Failure } from './checks.ts'
import { evidenceOf } from './evidence.ts'
import { languageRule } from './language.ts'
import { showsSecret } from './leaks.ts'
import { conversation, fenced, promptHash, promptVersion, systemMessage } from './prompt.ts'
import type { PromptMarkers, PromptSources } from './prompt.ts'
import { toWhatsAppMarks } from './marks.ts'
import { cleaned } from './text.ts'

/** Holds the result of asking the model. */
export type Composed =
  | { kind: 'text'; text: string; handover: boolean; optOut: boolean; record: Measured }
  | { kind: 'none'; reason: TurnReason; record: Measured }
  /** A newer message or a person came first: there is nothing to say. */
  | { kind: 'superseded' }

/** Counts the tokens, calls and time of a turn. */
export type Measured = Omit<TurnRecord, 'outcome' | 'reason' | 'answer' | 'overheadMs'>

const maxRounds = 8
const maxCallsPerTurn = 12
const answerTokens = 700
/** For a model whose reply was cut off: most of it was thought. */
const largeAnswerTokens = 4 * answerTokens
/** Longer drafts are stored cut. */
const keptDraft = 2000
/** Stored in place of a draft that reveals secrets. */
const hiddenDraft = '(not kept: it shows internal rules or a secret)'

/** Holds the dependencies of the composer. */
export interface ComposerParts {
  model: Model
  tools: Pick<BotTools, 'run'>
  config: BotConfig
  /** Values that must never be sent, such as the model's key. */
  secrets: readonly string[]
}

/** Asks the model, runs its tools, and holds back drafts that the checks refuse. */
export class Composer {
  private readonly parts: ComposerParts

  constructor(parts: ComposerParts) {
    this.parts = parts
  }

  /** Composes an answer. `signal` aborts when there is nothing to answer any more, `deadline` when it takes too long. */
  async compose(turn: RunningTurn, brief: BotBrief, now: Date, signals: Signals): Promise<Composed> {
    const markers: PromptMarkers = {
      fence: randomBytes(6).toString('hex'),
      canary: randomBytes(9).toString('hex'),
    }
    const sources: PromptSources = {
      settings: brief.settings,
      instruction: brief.chat.instruction,
      schedule: this.parts.config.schedule,
      now,
      opening: turn.kind === 'opening',
      language: languageRule(brief),
    }
    const attempt = new Attempt(this.parts, { turn, brief, sources, markers })
    try {
      return await attempt.run(AbortSignal.any([signals.signal, signals.deadline]))
    } catch (error) {
      if (signals.signal.aborted) return { kind: 'superseded' }
      if (signals.deadline.aborted) return attempt.none('turn_timed_out')
      if (error instanceof ModelFault) return attempt.none(`model_${error.kind}`)
      throw error
    }
  }
}

/** Tells when to stop composing. */
export interface Signals {
  signal: AbortSignal
  deadline: AbortSignal
}

interface TurnContext {
  turn: RunningTurn
  brief: BotBrief
  sources: PromptSources
  markers: PromptMarkers
}

/** Holds one turn's conversation with the model. */
class Attempt {
  private readonly parts: ComposerParts
  private readonly context: TurnContext
  private readonly messages: ModelMessage[]
  private readonly calls: ToolCall[] = []
  private readonly counts = new Map<string, number>()
  private readonly blocks: Block[] = []
  private tokens = { input: 0, output: 0 }
  private modelMs = 0
  private maxTokens = answerTokens

  constructor(parts: ComposerParts, context: TurnContext) {
    this.parts = parts
    this.context = context
    this.messages = openingMessages(context)
  }

  async run(signal: AbortSignal): Promise<Composed> {
    for (let round = 0; round < maxRounds; round++) {
      const reply = await this.ask(signal)
      if (reply.calls.length > 0) {
        if (this.calls.length + reply.calls.length > maxCallsPerTurn) return this.none('too_many_tools')
        if (!(await this.perform(reply))) return { kind: 'superseded' }
        continue
      }
      if (reply.truncated && this.maxTokens < largeAnswerTokens) {
        this.maxTokens = largeAnswerTokens
        continue
      }
      const draft = toWhatsAppMarks(reply.text)
      const failure = firstFailure(draft, this.evidence()) ?? (reply.truncated ? unfinished : undefined)
      if (!failure) return this.text(draft)
      const attempt = this.blocks.length + 1
      this.blocks.push({ attempt, ...failure, draft: keptOf(draft, failure) })
      if (attempt === 2) return this.none('blocked')
      this.messages.push(
        { role: 'assistant', text: cleaned(draft, keptDraft) },
        {
          role: 'user',
          text: `Your message was not sent. ${failure.detail} Write another one that keeps all rules.`,
        },
      )
    }
    return this.none('too_many_tools')
  }

  none(reason: TurnReason): Composed {
    return { kind: 'none', reason, record: this.record() }
  }

  private text(text: string): Composed {
    const did = (name: string) => this.calls.some((call) => call.ok && call.name === name)
    const handover = did('handover_to_human')
    return { kind: 'text', text, handover, optOut: did('opt_out'), record: this.record() }
  }

  private record(): Measured {
    return {
      blocks: this.blocks,
      model: this.parts.model.name,
      promptVersion,
      promptHash: promptHash(this.context.sources),
      inputTokens: this.tokens.input,
      outputTokens: this.tokens.output,
      modelMs: Math.round(this.modelMs),
    }
  }

  private async ask(signal: AbortSignal): Promise<ModelReply> {
    const began = performance.now()
    try {
      const names = toolsFor(this.purpose, this.context.brief.chat.customer !== null)
      const tools = names.map((name) => ({
        name,
        description: botTools[name].say,
        parameters: toolParameters(name),
      }))
      const reply = await this.parts.model.complete(
        { messages: this.messages, tools, maxTokens: this.maxTokens },
        signal,
      )
      this.tokens.input += reply.tokens.input
      this.tokens.output += reply.tokens.output
      return reply
    } finally {
      this.modelMs += performance.now() - began
    }
  }

  private get purpose() {
    return this.context.brief.settings.botPurpose
  }

  /** Runs the tools; false if the turn is no longer ours. */
  private async perform(reply: ModelReply): Promise<boolean> {
    const { turn, brief } = this.context
    const asked = reply.calls.map((call) => this.withoutSecrets({ ...call, name: call.name.slice(0, 60) }))
    this.messages.push({ role: 'assistant', text: '', calls: asked.map(shortened) })
    for (const call of asked) {
      const nth = this.counts.get(call.name) ?? 0
      this.counts.set(call.name, nth + 1)
      const { businessName: name, businessDescription: description } = brief.settings
      const context = { purpose: this.purpose, business: { name, description } }
      const done = await this.parts.tools.run(turn, { ...call, nth }, context)
      if (!done) return false
      this.calls.push(done)
      const text = fenced(`result of ${call.name}`, done.result, this.context.markers, 6000)
      this.messages.push({ role: 'tool', callId: call.id, text })
    }
    return true
  }

  /** Redacts secrets from a call, which is stored and shown to the owner's programs. */
  private withoutSecrets(call: ToolRequest): ToolRequest {
    const { secrets } = this.parts
    const shows = showsSecret(call.arguments, { markers: [], texts: [], secrets })
    return shows ? { ...call, arguments: '{}' } : call
  }

  private evidence(): Evidence {
    const { brief, sources, markers } = this.context
    return evidenceOf({ brief, sources, markers, calls: this.calls, secrets: this.parts.secrets })
  }
}

const unfinished: Failure = { rule: 'too_long', detail: 'It broke off before its end. Be much shorter.' }

function keptOf(draft: string, { rule }: Failure): string {
  return rule === 'leak' || rule === 'secret' ? hiddenDraft : cleaned(draft, keptDraft)
}

/** Replaces invalid arguments: some servers would refuse them when they come back. */
function shortened(call: ToolRequest): ToolRequest {
  try {
    JSON.parse(call.arguments)
    return call.arguments.length <= 4000 ? call : { ...call, arguments: '{}' }
  } catch {
    return { ...call, arguments: '{}' }
  }
}

function openingMessages({ brief, sources, markers }: TurnContext): ModelMessage[] {
  const { chat } = brief
  const known = [
    chat.customer?.name ? `name: ${chat.customer.name}` : '',
    chat.customer?.pushName ? `calls itself: ${chat.customer.pushName}` : '',
    ...Object.entries(chat.customer?.fields ?? {}).map(([field, value]) => `${field}: ${String(value)}`),
  ].filter((line) => line !== '')
  const context: ModelMessage[] = []
  if (known.length > 0)
    context.push({ role: 'user', text: fenced('about the customer', known.join('\n'), markers, 1000) })
  if (chat.summary !== null)
    context.push({ role: 'user', text: fenced('earlier in this chat', chat.summary, markers, 1500) })
  const recent = brief.messages.filter((message) => message.id > (chat.summaryThrough ?? 0))
  const said = conversation(recent, brief.images, markers)
  const task: ModelMessage[] = sources.opening
    ? [{ role: 'user', text: 'Write the first message of this conversation, as "this chat" tells you to.' }]
    : []
  return [systemMessage(sources, markers), ...context, ...said, ...task]
}

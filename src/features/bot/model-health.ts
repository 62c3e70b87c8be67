import type { ModelFault } from './rules/bot-model.ts'
import { rootCause } from '../../util/root-cause.ts'
import type { Clock } from '../../util/clock.ts'

/** `untried` until the first request; `missing` if none is configured. */
type ModelState = 'ok' | 'untried' | 'down' | 'missing'

/** Reports whether the language model answers. */
export interface ModelReport {
  state: ModelState
  /** The state in a plain sentence, with the remedy of a fault. */
  say: string
  /** Time at which it stopped answering; null unless it is down. */
  since: Date | null
}

/** A single unreadable answer is no outage; this many in a row are. */
const maxBrokenAnswers = 3

const advice: Record<ModelFault['kind'], string> = {
  unavailable: 'Check that the server of llm.baseUrl runs.',
  timed_out: 'Check that the server of llm.baseUrl is not overloaded.',
  rate_limited: 'Wait, or get a higher limit from its provider.',
  refused: 'Check llm.baseUrl, llm.model and llm.apiKey.',
  broken: 'Check that llm.baseUrl is an OpenAI-compatible server.',
  circuit_open: 'Check that the server of llm.baseUrl runs.',
}

/** Learns from the bot's own requests whether the language model answers; sends none itself. */
export class ModelHealth {
  private readonly missing: string | null
  private readonly clock: Clock
  private readonly listeners = new Set<(report: ModelReport) => void>()
  private asked = false
  private broken = 0
  private down: { since: Date; why: string } | undefined

  /** @param parts.missing the settings without which there is no model; null if there is one */
  constructor(parts: { missing: string | null; clock: Clock }) {
    this.missing = parts.missing
    this.clock = parts.clock
  }

  report(): ModelReport {
    if (this.missing !== null) {
      const say = `There is no language model, so the bot cannot answer. Set ${this.missing}, or turn the bot off.`
      return { state: 'missing', say, since: null }
    }
    if (this.down) return { state: 'down', say: this.down.why, since: this.down.since }
    return this.asked
      ? { state: 'ok', say: 'The language model answers.', since: null }
      : { state: 'untried', say: 'The language model has not been used yet.', since: null }
  }

  /**
   * Calls the listener after every failed request of an outage, and once when it ends. @returns a function that stops
   * it
   */
  onReport(listener: (report: ModelReport) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  succeeded(): void {
    this.asked = true
    this.broken = 0
    if (!this.down) return
    this.down = undefined
    this.notifyListeners()
  }

  failed(fault: ModelFault): void {
    this.asked = true
    if (fault.kind === 'broken' && ++this.broken < maxBrokenAnswers && !this.down) return
    // An open circuit does not say why it opened.
    const keeps = fault.kind === 'circuit_open' ? this.down?.why : undefined
    this.down = { since: this.down?.since ?? this.clock.now(), why: keeps ?? sentenceOf(fault) }
    this.notifyListeners()
  }

  private notifyListeners(): void {
    const report = this.report()
    for (const listener of this.listeners) listener(report)
  }
}

function sentenceOf(fault: ModelFault): string {
  const cause = rootCause(fault)
  const why = cause === undefined ? '' : ` (${cause})`
  const what = fault.message.replace(/\.$/, '').replace(/^The model/, 'The language model')
  return `${what}${why}: customers are told that a person will answer. ${advice[fault.kind]}`
}

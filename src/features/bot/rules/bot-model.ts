/** One message of what the model is given. */
export type ModelMessage =
  | { role: 'system'; text: string }
  | { role: 'user'; text: string; images?: readonly ModelImage[] }
  | { role: 'assistant'; text: string; calls?: readonly ToolRequest[] }
  | { role: 'tool'; callId: string; text: string }

/** A picture for a model that takes them. */
export interface ModelImage {
  mimeType: string
  base64: string
}

/** A tool that the model asks for; its arguments are text that may be anything. */
export interface ToolRequest {
  id: string
  name: string
  arguments: string
}

/** A tool as the model is told of it. */
export interface ToolOffer {
  name: string
  description: string
  /** JSON schema of the arguments. */
  parameters: Record<string, unknown>
}

export interface ModelRequest {
  messages: readonly ModelMessage[]
  tools: readonly ToolOffer[]
  maxTokens: number
}

export interface ModelReply {
  /** For the customer: without what the model thinks. */
  text: string
  /** It ended because its limit was reached, probably in the middle. */
  truncated: boolean
  calls: readonly ToolRequest[]
  tokens: { input: number; output: number }
}

export type ModelFaultKind =
  'timed_out' | 'rate_limited' | 'unavailable' | 'refused' | 'broken' | 'circuit_open'

/** The model gave no usable answer. What the server said stays in the log. */
export class ModelFault extends Error {
  override readonly name = 'ModelFault'
  readonly kind: ModelFaultKind

  constructor(kind: ModelFaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

/** What a log says of a failed question: one line for a fault of the model, the whole error for every other. */
export function questionFault(error: unknown): object {
  return error instanceof ModelFault ? { fault: error.kind, why: error.message } : { err: error }
}

/** A language model, wherever it runs. */
export interface Model {
  readonly name: string
  /** It takes pictures. */
  readonly sees: boolean
  /** It can turn speech into text. */
  readonly hears: boolean
  /** @throws ModelFault, or the signal's reason where it is aborted */
  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelReply>
  /** What is said in a sound file. @throws ModelFault, or the signal's reason where it is aborted */
  transcribe(audio: { path: string; mimeType: string }, signal: AbortSignal): Promise<string>
}

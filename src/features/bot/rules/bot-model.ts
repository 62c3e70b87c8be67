/** A message for the model. */
export type ModelMessage =
  | { role: 'system'; text: string }
  | { role: 'user'; text: string; images?: readonly ModelImage[] }
  | { role: 'assistant'; text: string; calls?: readonly ToolRequest[] }
  | { role: 'tool'; callId: string; text: string }

/** Holds a picture, for a model that takes them. */
export interface ModelImage {
  mimeType: string
  base64: string
}

/** Holds a model's request for a tool; the arguments are arbitrary text. */
export interface ToolRequest {
  id: string
  name: string
  arguments: string
}

/** Describes a tool as offered to the model. */
export interface ToolOffer {
  name: string
  description: string
  /** JSON schema of the arguments. */
  parameters: Record<string, unknown>
}

/** Describes a request to the model. */
export interface ModelRequest {
  messages: readonly ModelMessage[]
  tools: readonly ToolOffer[]
  maxTokens: number
}

/** Holds a model's reply. */
export interface ModelReply {
  /** The text for the customer, without the model's thoughts. */
  text: string
  /** True if the reply was cut off at its limit, probably in the middle. */
  truncated: boolean
  calls: readonly ToolRequest[]
  tokens: { input: number; output: number }
}

/** Says how a request to the model failed. */
export type ModelFaultKind =
  'timed_out' | 'rate_limited' | 'unavailable' | 'refused' | 'broken' | 'circuit_open'

/** Reports that the model gave no usable answer. The server's text stays in the log. */
export class ModelFault extends Error {
  override readonly name = 'ModelFault'
  readonly kind: ModelFaultKind

  constructor(kind: ModelFaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

/** Returns the log fields of a failed request: one line for a fault of the model, the complete error otherwise. */
export function questionFault(error: unknown): object {
  return error instanceof ModelFault ? { fault: error.kind, why: error.message } : { err: error }
}

/** Asks a language model, wherever it runs. */
export interface Model {
  readonly name: string
  /** True if it takes pictures. */
  readonly takesImages: boolean
  /** True if it transcribes speech. */
  readonly takesSpeech: boolean
  /** @throws ModelFault, or the signal's reason if it aborts */
  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelReply>
  /** Transcribes a sound file. @throws ModelFault, or the signal's reason if it aborts */
  transcribe(audio: { path: string; mimeType: string }, signal: AbortSignal): Promise<string>
}

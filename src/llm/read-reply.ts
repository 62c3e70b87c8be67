import { ModelFault } from '../features/bot/rules/bot-model.ts'
import type { ModelReply, ToolOffer, ToolRequest } from '../features/bot/rules/bot-model.ts'
import { findTextCalls } from './text-calls.ts'
import { withoutThoughts } from './thoughts.ts'

/** The maximum number of tool calls in one reply; more are no plan. */
const maxCalls = 8
/** The maximum length of a call's arguments; longer ones are cut, and so refused as invalid JSON. */
const maxArguments = 20_000
/** The maximum length of text that is read. */
const maxText = 65_536
/** The maximum number of parts in a reply that comes as a list. */
const maxParts = 100

/**
 * Reads a reply: the words for the customer and the tool calls, including those written into the words. The reply
 * comes from any kind of server, so nothing is taken for granted.
 * @throws ModelFault broken
 */
export function readReply(completion: unknown, offered: readonly ToolOffer[]): ModelReply {
  const { choices, usage } = asObject(completion)
  const choice = asObject(Array.isArray(choices) ? choices[0] : undefined)
  if (!isObject(choice['message'])) throw new ModelFault('broken', 'The model answered without a message.')
  const message = choice['message']
  const text = withoutThoughts(textOf(message['content']))
  const truncated = choice['finish_reason'] === 'length'
  const native = nativeCalls(message)
  const written = native.length > 0 ? [] : findTextCalls(text, offered)
  const calls = native.length > 0 ? native : written.map((call, index) => ({ id: `call_${index}`, ...call }))
  const { prompt_tokens: input, completion_tokens: output } = asObject(usage)
  return {
    text,
    // The last call of a truncated reply may be incomplete.
    calls: truncated ? calls.filter((call) => isJson(call.arguments)) : calls,
    truncated,
    tokens: { input: count(input), output: count(output) },
  }
}

function nativeCalls(message: Record<string, unknown>): ToolRequest[] {
  const listed = Array.isArray(message['tool_calls']) ? message['tool_calls'].slice(0, maxCalls) : []
  const old = isObject(message['function_call']) ? [{ function: message['function_call'] }] : []
  return (listed.length > 0 ? listed : old).flatMap((given: unknown, index) => {
    const call = asObject(given)
    const { name, arguments: args } = asObject(call['function'])
    if (typeof name !== 'string' || name === '') return []
    const { id } = call
    const known = typeof id === 'string' && id !== '' && id.length <= 100
    return { id: known ? id : `call_${index}`, name: name.slice(0, 100), arguments: argumentsText(args) }
  })
}

/** Returns the arguments as JSON: some servers send the object itself, or null for none. */
function argumentsText(args: unknown): string {
  if (typeof args === 'string') return args.trim() === '' ? '{}' : args.slice(0, maxArguments)
  return args === null || args === undefined ? '{}' : JSON.stringify(args).slice(0, maxArguments)
}

/** Returns the text of a message: a string, or the text parts of a list. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content.slice(0, maxText)
  const parts = Array.isArray(content) ? content.slice(0, maxParts) : [content]
  return parts.map(textOfPart).join('').slice(0, maxText)
}

function textOfPart(part: unknown): string {
  if (typeof part === 'string') return part
  const { type, text } = asObject(part)
  if (type !== undefined && type !== 'text' && type !== 'output_text') return ''
  if (typeof text === 'string') return text
  const { value } = asObject(text)
  return typeof value === 'string' ? value : ''
}

/** Reads the transcript of a voice note. @throws ModelFault broken */
export function readTranscript(answer: unknown): string {
  const text = typeof answer === 'string' ? answer : asObject(answer)['text']
  if (typeof text !== 'string') throw new ModelFault('broken', 'The model answered without a text.')
  return text.slice(0, maxText)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.round(value) : 0
}

import { ModelFault } from '../features/bot/rules/bot-model.ts'
import type { ModelReply, ToolOffer, ToolRequest } from '../features/bot/rules/bot-model.ts'
import { findTextCalls } from './text-calls.ts'
import { withoutThoughts } from './thoughts.ts'

/** Calls in one answer; more are no plan. */
const maxCalls = 8
/** Characters of a call's arguments; what is longer is handed on cut, and refused as no JSON. */
const maxArguments = 20_000
/** Characters of words that are read. */
const maxText = 65_536
/** Parts of an answer that comes as a list. */
const maxParts = 100

/**
 * Reads an answer as we use it: the words for the customer, and the calls of tools, also those written into the words. Servers of
 * many makes answer here, so nothing of it is taken for granted.
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
    // The last call of an answer that was cut off may be half a call.
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

/** Some servers give the arguments as the object itself, or null for none. */
function argumentsText(args: unknown): string {
  if (typeof args === 'string') return args.trim() === '' ? '{}' : args.slice(0, maxArguments)
  return args === null || args === undefined ? '{}' : JSON.stringify(args).slice(0, maxArguments)
}

/** The words of a message: text, or a list of parts of which those that are text count. */
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

/** What was understood of a voice note. @throws ModelFault broken */
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

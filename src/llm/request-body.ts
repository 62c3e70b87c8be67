import { createHash } from 'node:crypto'
import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions'
import type { ModelMessage, ModelRequest, ToolOffer, ToolRequest } from '../features/bot/rules/bot-model.ts'
import type { Dialect } from './dialect.ts'

/** Builds the request in the server's dialect. */
export function requestBody(
  model: string,
  request: ModelRequest,
  dialect: Dialect,
): ChatCompletionCreateParamsNonStreaming {
  const { tools, maxTokens } = request
  const native = tools.length > 0 && dialect.tools === 'native'
  return {
    model,
    messages: arranged(request, dialect).map((message) => toWire(message, dialect)),
    ...(native ? { tools: tools.map((tool) => toTool(tool, dialect)) } : {}),
    ...(dialect.limit === 'none' ? {} : { [dialect.limit]: maxTokens }),
  }
}

function arranged({ messages, tools }: ModelRequest, dialect: Dialect): ModelMessage[] {
  const inWords = tools.length > 0 && dialect.tools === 'words'
  const told = inWords ? withTools(messages, tools) : messages
  const plain = dialect.turns === 'plain' || dialect.tools === 'words' ? told.map(asWords) : told
  const placed = dialect.system === 'user' ? plain.map(asUser) : plain
  return dialect.turns === 'free' && dialect.system === 'system' ? [...placed] : inTurn(placed)
}

/** Stands first when a conversation would begin with the assistant. */
const before = '(Earlier messages are not shown.)'

/** Makes user and assistant alternate by joining consecutive messages of one role. */
function inTurn(messages: readonly ModelMessage[]): ModelMessage[] {
  const merged: ModelMessage[] = []
  for (const message of messages) {
    const last = merged.at(-1)
    if (message.role === 'assistant' && (last === undefined || last.role === 'system'))
      merged.push({ role: 'user', text: before })
    const joined = last && together(last, message)
    if (joined) merged[merged.length - 1] = joined
    else merged.push(message)
  }
  return merged
}

/** Joins two messages of one role; undefined if the roles differ or a tool call stands between them. */
function together(one: ModelMessage, other: ModelMessage): ModelMessage | undefined {
  const text = `${one.text}\n\n${other.text}`
  if (one.role === 'user' && other.role === 'user') {
    const images = [...(one.images ?? []), ...(other.images ?? [])]
    return { role: 'user', text, ...(images.length === 0 ? {} : { images }) }
  }
  if (one.role === 'system' && other.role === 'system') return { role: 'system', text }
  if (one.role !== 'assistant' || other.role !== 'assistant' || one.calls || other.calls) return undefined
  return { role: 'assistant', text }
}

function asUser(message: ModelMessage): ModelMessage {
  return message.role === 'system' ? { role: 'user', text: message.text } : message
}

/** Writes tool calls and results as text, for servers that know neither. */
function asWords(message: ModelMessage): ModelMessage {
  if (message.role === 'tool') return { role: 'user', text: message.text }
  if (message.role !== 'assistant' || message.calls === undefined) return message
  const calls = message.calls.map((call) => callInWords(call))
  return { role: 'assistant', text: [message.text, ...calls].filter((text) => text !== '').join('\n') }
}

function callInWords(call: ToolRequest): string {
  return `{"name": ${JSON.stringify(call.name)}, "arguments": ${call.arguments === '' ? '{}' : call.arguments}}`
}

function withTools(messages: readonly ModelMessage[], tools: readonly ToolOffer[]): ModelMessage[] {
  const list = tools.map(({ name, description, parameters }) =>
    JSON.stringify({ name, description, parameters: plainSchema(parameters) }),
  )
  const text = `## tools\nTo use a tool, write {"name": "…", "arguments": {…}} and nothing else; its result comes with the next message. The tools:\n${list.join('\n')}`
  const at = messages.findIndex(({ role }) => role === 'system')
  if (at < 0) return [{ role: 'system', text }, ...messages]
  return messages.map((message, index) =>
    index === at ? { ...message, text: `${message.text}\n\n${text}` } : message,
  )
}

function toWire(message: ModelMessage, dialect: Dialect): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text }
    case 'user':
      return { role: 'user', content: withImages(message) }
    case 'tool':
      return { role: 'tool', tool_call_id: idOf(message.callId, dialect), content: message.text }
    case 'assistant':
      return {
        role: 'assistant',
        content: message.text === '' && dialect.silence === 'words' ? 'One moment.' : message.text,
        ...(message.calls === undefined || message.calls.length === 0
          ? {}
          : {
              tool_calls: message.calls.map((call) => ({
                id: idOf(call.id, dialect),
                type: 'function' as const,
                function: { name: call.name, arguments: call.arguments },
              })),
            }),
      }
  }
}

/** Shortens an id to nine letters and digits, the only form that Mistral's servers take. */
function idOf(id: string, { ids }: Dialect): string {
  return ids === 'any' ? id : createHash('sha256').update(id).digest('hex').slice(0, 9)
}

function withImages({
  text,
  images = [],
}: Extract<ModelMessage, { role: 'user' }>): string | ChatCompletionContentPart[] {
  if (images.length === 0) return text
  const parts = images.map(({ mimeType, base64 }) => ({
    type: 'image_url' as const,
    image_url: { url: `data:${mimeType};base64,${base64}` },
  }))
  return [{ type: 'text', text }, ...parts]
}

function toTool({ name, description, parameters }: ToolOffer, { schemas }: Dialect): ChatCompletionTool {
  if (schemas === 'whole') return { type: 'function', function: { name, description, parameters } }
  const plain = plainSchema(parameters)
  const none = Object.keys((plain['properties'] as object | undefined) ?? {}).length === 0
  return { type: 'function', function: { name, description, ...(none ? {} : { parameters: plain }) } }
}

const plainKeys = new Set(['type', 'properties', 'required', 'description', 'items', 'enum'])

/** Reduces a schema to the keywords that every server knows. */
function plainSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(schema).filter(([key]) => plainKeys.has(key))
  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (key === 'items') return [key, plainSchema(value as Record<string, unknown>)]
      if (key !== 'properties') return [key, value]
      const properties = Object.entries(value as Record<string, Record<string, unknown>>)
      return [key, Object.fromEntries(properties.map(([name, inner]) => [name, plainSchema(inner)]))]
    }),
  )
}

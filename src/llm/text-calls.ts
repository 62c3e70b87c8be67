import type { ToolOffer } from '../features/bot/rules/bot-model.ts'
import { isGlue, valuesIn } from './json-in-text.ts'

/** Holds a tool call found in a model's text. */
export interface TextCall {
  name: string
  /** A JSON object as text. */
  arguments: string
}

/** The maximum length that is examined; a call is short. */
const maxExamined = 16_384
const maxCalls = 8
/** The maximum length between a tool's name and its arguments. */
const maxGlue = 160

/**
 * Finds calls of offered tools in a model's text, where models write them whose server does not know their format:
 * JSON in tags, fences or bare, a name before JSON, XML parameters, a line of code, "Action:" lines.
 */
export function findTextCalls(text: string, offered: readonly ToolOffer[]): TextCall[] {
  const region = text.slice(0, maxExamined)
  const named = offered.filter(({ name }) => region.includes(name))
  if (named.length === 0) return []
  const tools = new Map(named.map((offer) => [offer.name, offer]))
  const found = [inJson, inCode, inXml, inLines].map((find) => find(region, tools))
  return (found.find((calls) => calls.length > 0) ?? []).slice(0, maxCalls)
}

type Tools = ReadonlyMap<string, ToolOffer>

function inJson(region: string, tools: Tools): TextCall[] {
  const values = valuesIn(region)
  const whole = values.flatMap(({ value }) => callsIn(value, tools))
  if (whole.length > 0) return whole
  return values.flatMap(({ start, value }) => {
    const offer = toolBefore(region, start, tools)
    return offer && !Array.isArray(value) ? callOf(offer, value) : []
  })
}

const nameKeys = [
  'name',
  'tool',
  'tool_name',
  'function',
  'function_name',
  'action',
  'recipient_name',
  'call',
]
const argumentKeys = [
  'arguments',
  'parameters',
  'args',
  'input',
  'inputs',
  'action_input',
  'tool_input',
  'tool_arguments',
  'params',
  'kwargs',
]
const listKeys = ['tool_calls', 'tool_uses', 'calls', 'function_call', 'tool_call', 'functionCall']
const ownKeys = new Set([
  ...nameKeys,
  ...argumentKeys,
  ...listKeys,
  'type',
  'id',
  'thought',
  'thoughts',
  'reasoning',
])

/** Reads the calls in a JSON value, under any of the usual keys. */
function callsIn(value: unknown, tools: Tools): TextCall[] {
  if (Array.isArray(value)) return value.slice(0, maxCalls).flatMap((item) => callsIn(item, tools))
  if (!isObject(value)) return []
  for (const key of [...listKeys, ...nameKeys]) {
    if (isObject(value[key]) || Array.isArray(value[key])) {
      const inner = callsIn(value[key], tools)
      if (inner.length > 0) return inner
    }
  }
  for (const key of nameKeys) {
    const offer = typeof value[key] === 'string' ? tools.get(bareName(value[key])) : undefined
    if (offer) return callOf(offer, argumentsOf(value))
  }
  const [key = '', ...more] = Object.keys(value)
  const offer = more.length === 0 ? tools.get(bareName(key)) : undefined
  return offer ? callOf(offer, value[key]) : []
}

/** Returns the arguments beside a name; without a key of their own, all the other keys. */
function argumentsOf(call: Record<string, unknown>): unknown {
  const key = argumentKeys.find((one) => Object.hasOwn(call, one))
  if (key !== undefined) return call[key]
  return Object.fromEntries(Object.entries(call).filter(([name]) => !ownKeys.has(name)))
}

function bareName(name: string): string {
  return name
    .trim()
    .replace(/^(?:functions?|tools?|default_api)[.:]/, '')
    .replace(/:\d+$/, '')
}

/** Builds a call; arguments that are plain text become the tool's only parameter. */
function callOf(offer: ToolOffer, given: unknown): TextCall[] {
  const parsed = typeof given === 'string' ? (valuesIn(given.trim())[0]?.value ?? given.trim()) : given
  if (typeof parsed === 'string') {
    const [only, ...more] = requiredOf(offer)
    const value = only === undefined || more.length > 0 || parsed === '' ? {} : { [only]: parsed }
    return [{ name: offer.name, arguments: JSON.stringify(value) }]
  }
  return [{ name: offer.name, arguments: JSON.stringify(isObject(parsed) ? parsed : {}) }]
}

/** Finds the tool whose name stands before arguments with only punctuation between them. */
function toolBefore(region: string, at: number, tools: Tools): ToolOffer | undefined {
  const head = region.slice(Math.max(0, at - maxGlue), at)
  const places = [...tools.values()].map((offer) => ({ offer, from: head.lastIndexOf(offer.name) }))
  const [last] = places.filter(({ from }) => from >= 0).toSorted((a, b) => b.from - a.from)
  if (!last || /\w/.test(head.charAt(last.from - 1))) return undefined
  return isGlue(head.slice(last.from + last.offer.name.length)) ? last.offer : undefined
}

/** Reads a line of Python: `search_knowledge(query="…")`, `[a(x=1), b()]`, `print(default_api.a(x=1))`. */
function inCode(region: string, tools: Tools): TextCall[] {
  const calls: TextCall[] = []
  for (const offer of tools.values()) {
    const code = new RegExp(
      String.raw`(?<!\w)${offer.name}(?:\.call)?\s?\(((?:"[^"\n]{0,2000}"|'[^'\n]{0,2000}'|[^()"']){0,400})\)`,
    )
    const inside = code.exec(region)?.[1]
    if (inside === undefined) continue
    const named = [...inside.matchAll(keyword)].map(([, key = '', value = '']) => [key, literal(value)])
    const given = named.length > 0 ? Object.fromEntries(named) : literal(inside.trim())
    calls.push(...callOf(offer, given))
  }
  return calls
}

const keyword =
  /(?<!\w)([a-z_]\w{0,60})\s?[=:]\s?("[^"\n]*"|'[^'\n]*'|-?\d+(?:\.\d+)?|true|false|null|none)/gi

function literal(text: string): unknown {
  if (/^(["']).*\1$/s.test(text)) return text.slice(1, -1)
  if (/^-?\d{1,15}(?:\.\d+)?$/.test(text)) return Number(text)
  return ({ true: true, false: false, null: null, none: null } as const)[text.toLowerCase()] ?? text
}

/**
 * Reads `<function=name><parameter=key>…`, `<invoke name="name"><parameter name="key">…`, `<name><key>…`,
 * `<arg_key>key</arg_key>…`.
 */
function inXml(region: string, tools: Tools): TextCall[] {
  for (const offer of tools.values()) {
    const opened = new RegExp(
      `<[^<>]{0,60}${offer.name}|<(?:tool_call|function_call)>\\s*${offer.name}`,
    ).exec(region)
    if (!opened) continue
    const inside = region.slice(opened.index)
    const given = Object.entries(propertiesOf(offer)).flatMap(([key, { type }]) => {
      const value = xmlValue(inside, key)
      return value === undefined
        ? []
        : [[key, type === 'integer' || type === 'number' ? literal(value) : value] as const]
    })
    return callOf(offer, Object.fromEntries(given))
  }
  return []
}

function xmlValue(text: string, key: string): string | undefined {
  const open = new RegExp(
    `<(?:parameter|param|arg)\\s{0,3}(?:=|\\sname=)\\s?["']?${key}["']?\\s?>|<${key}>|<arg_key>\\s{0,9}${key}\\s{0,9}</arg_key>\\s{0,9}<arg_value>`,
  ).exec(text)
  if (!open) return undefined
  const rest = text.slice(open.index + open[0].length)
  const end = rest.indexOf('</')
  return (end < 0 ? rest : rest.slice(0, end)).trim()
}

/** Reads `Action: name` and `Action Input: words`, or a tool's name alone. */
function inLines(region: string, tools: Tools): TextCall[] {
  const action = /(?:^|\n)[ *_#>]{0,10}(?:action|tool|function)[*_]{0,4} ?:[ *_`"']{0,6}(\w{1,60})/i.exec(
    region,
  )
  const offer = tools.get(action?.[1] ?? region.trim())
  if (!offer) return []
  const input = /(?:^|\n)[ *_#>]{0,10}(?:action|tool)[ _]input[*_]{0,4} ?:[ *_]{0,6}([^\n]{0,2000})/i.exec(
    region,
  )?.[1]
  return callOf(offer, literal((input ?? '').trim()))
}

function propertiesOf({ parameters }: ToolOffer): Record<string, { type?: unknown }> {
  const { properties } = parameters
  return isObject(properties) ? (properties as Record<string, { type?: unknown }>) : {}
}

function requiredOf({ parameters }: ToolOffer): string[] {
  const { required } = parameters
  return Array.isArray(required) ? required.filter((key) => typeof key === 'string') : []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

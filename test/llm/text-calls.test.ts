import { expect, test } from 'vitest'
import { botTools, toolParameters } from '../../src/features/bot/rules/bot-tools.ts'
import type { ToolName } from '../../src/features/bot/rules/bot-tools.ts'
import { readReply } from '../../src/llm/read-reply.ts'

const offered = (Object.keys(botTools) as ToolName[]).map((name) => ({
  name,
  description: '',
  parameters: toolParameters(name),
}))
const completion = (message: object, finish_reason = 'stop') => ({
  choices: [{ index: 0, finish_reason, message: { role: 'assistant', ...message } }],
})
const read = (content: unknown) => readReply(completion({ content }), offered)
const json = '{"query": "corte"}'

const spellings: Record<string, string> = {
  'name and arguments': '{"name": "search_knowledge", "arguments": {"query": "corte"}}',
  'name and parameters': '{"name": "search_knowledge", "parameters": {"query": "corte"}}',
  'arguments as text': String.raw`{"name": "search_knowledge", "arguments": "{\"query\": \"corte\"}"}`,
  'words around it': `Voy a buscar.\n{"name": "search_knowledge", "arguments": ${json}}\nUn momento.`,
  'the keys of an API': `{"type":"function","function":{"name":"search_knowledge","arguments":${json}}}`,
  'a list of calls': `{"tool_calls":[{"function":{"name":"search_knowledge","arguments":${json}}}]}`,
  'a tool_call tag': `<tool_call>\n{"name":"search_knowledge","arguments":${json}}\n</tool_call>`,
  'a tag that is not closed': `<tool_call>{"name":"search_knowledge","arguments":${json}}`,
  'a forgotten bracket': `<tool_call>{"name":"search_knowledge","arguments":${json}\n</tool_call>`,
  'single quotes': "<tool_call>{'name': 'search_knowledge', 'arguments': {'query': 'corte'}}</tool_call>",
  'a JSON fence': '```json\n{"tool": "search_knowledge", "query": "corte"}\n```',
  'the name as the key': '{"search_knowledge": {"query": "corte"}}',
  'a prefix': `{"recipient_name": "functions.search_knowledge", "parameters": ${json}}`,
  'a bracketed mark and a list': `[TOOL_CALLS][{"name": "search_knowledge", "arguments": ${json}}]`,
  'a bracketed mark and the name': `[TOOL_CALLS]search_knowledge[ARGS]${json}`,
  'a python tag': `<|python_tag|>{"name": "search_knowledge", "parameters": ${json}}`,
  'a python tag with code': '<|python_tag|>search_knowledge.call(query="corte")',
  'a function tag': `<function=search_knowledge>${json}</function>`,
  'parameter tags':
    '<tool_call>\n<function=search_knowledge>\n<parameter=query>\ncorte\n</parameter>\n</function>\n</tool_call>',
  'invoke tags':
    '<function_calls><invoke name="search_knowledge"><parameter name="query">corte</parameter></invoke></function_calls>',
  'tags of its own': '<search_knowledge>\n<query>corte</query>\n</search_knowledge>',
  'keys and values in tags':
    '<tool_call>search_knowledge\n<arg_key>query</arg_key>\n<arg_value>corte</arg_value>\n</tool_call>',
  'sections of special marks': `<|tool_calls_section_begin|><|tool_call_begin|>functions.search_knowledge:0<|tool_call_argument_begin|>${json}<|tool_call_end|><|tool_calls_section_end|>`,
  'wide special marks': `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search_knowledge\n\`\`\`json\n${json}\n\`\`\`<｜tool▁call▁end｜><｜tool▁calls▁end｜>`,
  'a channel': `<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary to=functions.search_knowledge <|constrain|>json<|message|>${json}<|call|>`,
  'a line of code': '```tool_code\nprint(default_api.search_knowledge(query="corte"))\n```',
  'a list of Python calls': '[search_knowledge(query="corte")]',
  'a call with JSON': `functions.search_knowledge(${json})`,
  'lines of actions': `Thought: busco\nAction: search_knowledge\nAction Input: ${json}`,
  'lines of actions with bare words': 'Action: search_knowledge\nAction Input: corte',
  'an action in a fence': `Action:\n\`\`\`json\n[{"tool_name": "search_knowledge", "parameters": ${json}}]\n\`\`\``,
  'thoughts before it': `<think>busco</think>{"name": "search_knowledge", "arguments": ${json}}`,
}

test.each(Object.entries(spellings))('a call written as words is one: %s', (_, text) => {
  const [call, ...more] = read(text).calls
  expect(more).toEqual([])
  expect(call).toMatchObject({ name: 'search_knowledge' })
  expect(JSON.parse(call?.arguments ?? '')).toEqual({ query: 'corte' })
})

test('several calls in one answer, and calls without arguments, are all made', () => {
  const two = `<tool_call>{"name":"get_business_info"}</tool_call><tool_call>{"name":"search_products","arguments":{"query":"champú"}}</tool_call>`
  expect(read(two).calls.map(({ name }) => name)).toEqual(['get_business_info', 'search_products'])
  expect(read('get_business_info()').calls).toMatchObject([{ name: 'get_business_info', arguments: '{}' }])
  const numbers = '<function=cancel_appointment><parameter=appointment_id>7</parameter></function>'
  expect(JSON.parse(read(numbers).calls[0]?.arguments ?? '')).toEqual({ appointment_id: 7 })
})

test.each([
  'Usamos search_knowledge para buscar en los documentos.',
  '{"name": "transfer_money", "arguments": {"to": "me"}}',
  'El corte sale $10000.',
])('words that call no tool that is offered are no call: %s', (text) => {
  expect(read(text)).toMatchObject({ calls: [], text })
})

const native: Record<string, object> = {
  'without its type': { function: { name: 'search_knowledge', arguments: json } },
  'with an object as arguments': {
    type: 'function',
    function: { name: 'search_knowledge', arguments: { query: 'corte' } },
  },
}
test.each(Object.entries(native))('a call %s is made', (_, call) => {
  const { calls } = readReply(completion({ content: null, tool_calls: [call] }), offered)
  expect(calls).toMatchObject([{ id: 'call_0', name: 'search_knowledge' }])
  expect(JSON.parse(calls[0]?.arguments ?? '')).toEqual({ query: 'corte' })
})

test('a call whose arguments are null or empty has none, and the older field for one call is read', () => {
  for (const given of [null, undefined, '', ' ']) {
    const call = { type: 'function', function: { name: 'get_business_info', arguments: given } }
    const { calls } = readReply(completion({ content: null, tool_calls: [call] }), offered)
    expect(calls).toMatchObject([{ arguments: '{}' }])
  }
  const old = { content: null, function_call: { name: 'search_knowledge', arguments: json } }
  expect(readReply(completion(old), offered).calls).toMatchObject([{ name: 'search_knowledge' }])
})

test('half a call at the end of an answer that broke off is dropped', () => {
  const calls = [
    { id: 'a', type: 'function', function: { name: 'search_knowledge', arguments: json } },
    { id: 'b', type: 'function', function: { name: 'search_knowledge', arguments: '{"query": "co' } },
  ]
  const reply = readReply(completion({ content: null, tool_calls: calls }, 'length'), offered)
  expect(reply.calls.map(({ id }) => id)).toEqual(['a'])
  expect(reply.truncated).toBe(true)
})

const parts: Record<string, unknown> = {
  'parts of text': [
    { type: 'text', text: 'El corte sale ' },
    { type: 'text', text: '$10000.' },
  ],
  'a thinking part': [
    { type: 'thinking', thinking: [{ type: 'text', text: 'es pesado' }] },
    { type: 'text', text: 'El corte sale $10000.' },
  ],
  'other parts': [
    { type: 'reasoning', text: 'es pesado' },
    { type: 'output_text', text: 'El corte sale $10000.' },
    { type: 'image_url', image_url: {} },
    null,
    7,
  ],
  'bare strings': ['El corte sale ', '$10000.'],
  'text with a value': [{ type: 'text', text: { value: 'El corte sale $10000.', annotations: [] } }],
  'one part': { type: 'text', text: 'El corte sale $10000.' },
  'thoughts within a part': [{ type: 'text', text: '<think>es pesado</think>El corte sale $10000.' }],
}
test.each(Object.entries(parts))('an answer as %s is its text', (_, content) => {
  expect(read(content).text).toBe('El corte sale $10000.')
})

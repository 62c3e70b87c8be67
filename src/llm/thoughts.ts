/** Names of the marks between which models think. */
const thinking =
  'think|thinking|thoughts?|reasoning|reason|reflection|scratchpad|analysis|inner_monologue|internal_monologue|antthinking'
/** Names of the marks between which they then answer. */
const answering = 'final|final_answer|final response|answer|response|solution|reply|output'

/**
 * One mark of a pair: `<think>`, `</think>`, `<seed:think>`, `<|begin_of_thought|>`, `<|END_THINKING|>`, `[THINK]`,
 * `[BEGIN FINAL RESPONSE]`, `◁/think▷`.
 */
const mark = new RegExp(
  String.raw`(?:<[|｜]?|\[|◁)(\/|begin_of_|beginning_of_|start_|begin |end_of_|end_|end )?(?:[a-z]{1,20}:)?(?:(${thinking})|(${answering}))(?:\s[^<>\]▷]{0,80})?(?:[|｜]?>|\]|▷)`,
  'gi',
)

/** Complete blocks of thought in other notations. */
const blocks: readonly RegExp[] = [
  /<details\b[^>]{0,200}reasoning[^>]{0,200}>[\s\S]*?(?:<\/details>|$)/gi,
  /```(?:thinking|thoughts?|reasoning)\n[\s\S]*?(?:```|$)/gi,
  /<\|channel>\s*thought[\s\S]*?(?:<channel\|>|$)/gi,
  /<unused94>[\s\S]*?(?:<unused95>|$)/gi,
]

/** Stop tokens that some servers leave at the end of an answer. */
const ends = [
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end|>',
  '<|return|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|end_of_turn|>',
  '<end_of_turn>',
  '<｜end▁of▁sentence｜>',
  '</s>',
  '<eos>',
] as const

/**
 * Removes a model's thoughts from its answer, with all known marks that a server may leave in. Unclosed
 * thoughts leave nothing; if only their end is marked, everything before it goes. Tool calls stay.
 */
export function withoutThoughts(text: string): string {
  const said = text.includes('<|message|>') ? withoutChannels(text) : withoutBareChannels(text)
  let rest = said
  for (const block of blocks) rest = rest.replaceAll(block, '')
  return withoutLabels(withoutEnds(outsideThoughts(rest))).trim()
}

function outsideThoughts(text: string): string {
  let kept = ''
  let from = 0
  let depth = 0
  for (const { 0: whole, 1: side = '', 2: thought, index } of text.matchAll(mark)) {
    // In brackets only capitals are marks: "[answer](https://…)" is a link.
    if (whole.startsWith('[') && whole !== whole.toUpperCase()) continue
    const closes = side === '/' || side.toLowerCase().startsWith('end')
    if (depth === 0) kept += text.slice(from, index)
    from = index + whole.length
    if (thought === undefined) {
      if (closes && depth === 0 && kept.trim() !== '') return kept
      kept = ''
      depth = 0
    } else if (!closes) depth += 1
    else if (depth > 0) depth -= 1
    else kept = ''
  }
  return depth === 0 ? kept + text.slice(from) : kept
}

/** A message header in OpenAI's "harmony" format, up to its recipient. */
const channel =
  /(?:<\|channel\|>|^)([^<]{0,200})(?:<\|constrain\|>[^<]{0,40})?<\|message\|>([\s\S]*?)(?=<\|(?:end|return|call|start|channel)\|>|$)/g

/** Returns the final message only, with tool calls in the usual notation. */
function withoutChannels(text: string): string {
  const messages = [...text.matchAll(channel)].map(([, head = '', words = '']) => ({ head, words }))
  const calls = messages.flatMap(({ head, words }) => {
    const tool = /\bto=(?:functions\.)?(\w{1,60})/.exec(head)?.[1]
    return tool === undefined ? [] : `[TOOL_CALLS]${tool}[ARGS]${words}`
  })
  const final = messages.filter(({ head }) => /^\s*(?:final|assistant)?\s*$/.test(head.slice(0, 40)))
  return [...final.map(({ words }) => words), ...calls].join('\n')
}

/** Handles the same format after a server removed its marks and left their words. */
function withoutBareChannels(text: string): string {
  const begin = text.slice(0, 20).trimStart()
  const final = /assistant\s{0,5}final(?![a-z])/.exec(text) ?? /assistantfinal/.exec(text)
  return begin.startsWith('analysis') && final ? text.slice(final.index + final[0].length) : text
}

function withoutEnds(text: string): string {
  let rest = text.trimEnd()
  for (let end = ends.find((one) => rest.endsWith(one)); end; end = ends.find((one) => rest.endsWith(one)))
    rest = rest.slice(0, -end.length).trimEnd()
  return rest
}

const thoughtLabel =
  /^[\s*_#>]{0,10}(?:thoughts?|thinking|my reasoning|reasoning|razonamiento|pensamiento|racioc[ií]nio|pensando)(?: process)?[*_]{0,4}\s?:/i
const answerLabel =
  /(?:^|\n)[ *_#>]{0,10}(?:final answer|final response|answer|response|respuesta final|respuesta|resposta final|resposta)[*_]{0,4} ?:[ *_]{0,6}/gi

const maxThoughts = 20

/** Removes a beginning such as "Thought: …", up to an answer label or an empty line. Lines that call tools stay. */
function withoutLabels(text: string): string {
  if (!thoughtLabel.test(text)) return text
  const action = /(?:^|\n)[ *_#>]{0,10}action[*_]{0,4} ?:/i.exec(text)
  if (action) return text.slice(action.index)
  const last = [...text.matchAll(answerLabel)].at(-1)
  if (last) return text.slice(last.index + last[0].length)
  let rest = text.trimStart()
  for (let paragraphs = 0; paragraphs < maxThoughts && thoughtLabel.test(rest); paragraphs++) {
    const gap = rest.indexOf('\n\n')
    rest = gap < 0 ? '' : rest.slice(gap).trimStart()
  }
  return rest
}

/** The parameters that a server accepts, learnt from its refusals and kept while the program runs. */
export interface Dialect {
  /** The parameter that limits the length of the reply. */
  limit: 'max_tokens' | 'max_completion_tokens' | 'none'
  /**
   * free: any order · merged: user and assistant alternate, the user first · plain: like merged, with tool calls and
   * results as text.
   */
  turns: 'free' | 'merged' | 'plain'
  /** The role that carries the rules: `system`, or the first `user` message. */
  system: 'system' | 'user'
  /** Tools in the request, or described in the rules and called in text. */
  tools: 'native' | 'words'
  /** Tool call ids: any, or nine letters and digits. */
  ids: 'any' | 'short'
  /** JSON schemas of tools: complete, or only keywords that all servers know. */
  schemas: 'whole' | 'plain'
  /** The text of a message that only calls tools: empty, or a placeholder for servers that require text. */
  silence: 'empty' | 'words'
}

/** Returns the dialect to try first at this address. */
export function defaultDialect(baseUrl: string): Dialect {
  const { hostname } = new URL(baseUrl)
  // OpenAI's newer models refuse the old name; most other servers know only that one.
  const newer = hostname === 'openai.com' || hostname.endsWith('.openai.com')
  return {
    limit: newer ? 'max_completion_tokens' : 'max_tokens',
    turns: 'free',
    system: 'system',
    tools: 'native',
    ids: 'any',
    schemas: 'whole',
    silence: 'empty',
  }
}

interface Lesson {
  refusal: RegExp
  /** Returns the change to make; undefined if it has been made already. */
  learn(dialect: Dialect, refusal: string): Partial<Dialect> | undefined
}

/**
 * Error texts of vLLM, llama.cpp, Ollama, LM Studio, Mistral, Gemini, Groq, OpenRouter, Azure and OpenAI (observed);
 * the first match counts.
 */
const lessons: readonly Lesson[] = [
  {
    refusal: /max_(?:completion_)?tokens|max_output_tokens/i,
    learn: ({ limit }, refusal) => {
      if (limit === 'none') return undefined
      // Some refusals name both: the parameter they reject and the one they want.
      const other = limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
      return { limit: refusal.includes(other) || !tried(refusal) ? other : 'none' }
    },
  },
  {
    refusal: /tool.?call.{0,10}id|length of 9|tool_call_id/i,
    learn: ({ ids, turns }) =>
      ids === 'any' ? { ids: 'short' } : turns === 'plain' ? undefined : { turns: 'plain' },
  },
  {
    refusal:
      /(?:system|developer) (?:role|message|instruction|prompt)s?.{0,40}(?:not|n't|unsupported)|(?:not|n't|un)\s?support.{0,60}(?:'|"|`|\b)system(?:'|"|`|\b)|(?:only|expected).{0,40}user.{0,20}(?:model|assistant).{0,10}roles?|valid role: user, model/i,
    learn: ({ system, turns }) => {
      if (system === 'system') return { system: 'user', turns: 'merged' }
      return turns === 'plain' ? undefined : { turns: 'plain' }
    },
  },
  {
    refusal:
      /alternat|consecutive|roles? must|same role|conversation roles|expected (?:last )?role|must (?:start|begin|end) with (?:a |the )?user|unexpected role|multiple (?:user|assistant)/i,
    learn: ({ turns }) =>
      turns === 'free' ? { turns: 'merged' } : turns === 'merged' ? { turns: 'plain' } : undefined,
  },
  {
    refusal:
      /tools? (?:use |calling |choice )?.{0,30}(?:not|n't|un)\s?support|(?:not|n't|un)\s?support.{0,30}(?:tools?|function)|tool-call-parser|auto.{0,10}tool.{0,3}choice|no endpoints found that support tool|(?:unknown|unrecognized|unexpected|extra).{0,60}\btools\b/i,
    learn: ({ tools }) => (tools === 'native' ? { tools: 'words' } : undefined),
  },
  {
    refusal: /schema|additionalproperties|function_declarations|invalid json payload|parameters/i,
    learn: ({ schemas, tools }) =>
      schemas === 'whole' ? { schemas: 'plain' } : tools === 'native' ? { tools: 'words' } : undefined,
  },
  {
    refusal:
      /content.{0,60}(?:empty|blank|null|required|missing|non-whitespace|at least 1)|(?:empty|blank).{0,20}content/i,
    learn: ({ silence, turns }) =>
      silence === 'empty' ? { silence: 'words' } : turns === 'plain' ? undefined : { turns: 'plain' },
  },
  {
    refusal: /\brole\b.{0,40}\btool\b|\btool\b.{0,30}\brole\b|tool.{0,20}(?:message|result)/i,
    learn: ({ turns }) => (turns === 'plain' ? undefined : { turns: 'plain' }),
  },
]

/** Tells whether a refusal is about the limit's value, so that another parameter name would not help. */
function tried(refusal: string): boolean {
  return /too (?:large|high|many)|at most|less than|exceed|must be/i.test(refusal)
}

/** Returns the dialect to try after a refusal; undefined if the refusal suggests no change. */
export function learnt(dialect: Dialect, refusal: string): Dialect | undefined {
  const words = refusal.slice(0, 2000)
  for (const lesson of lessons) {
    const change = lesson.refusal.test(words) ? lesson.learn(dialect, words) : undefined
    if (change) return { ...dialect, ...change }
  }
  return undefined
}

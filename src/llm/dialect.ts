/** How a server wants its requests. It is learnt from refusals and kept as long as the program runs. */
export interface Dialect {
  /** The parameter that limits the answer. */
  limit: 'max_tokens' | 'max_completion_tokens' | 'none'
  /**
   * free: as they come · merged: user and assistant in turn, the user first · plain: the same, with calls of tools and their
   * results as words.
   */
  turns: 'free' | 'merged' | 'plain'
  /** The role of the rules: their own, or the first message of the user. */
  system: 'system' | 'user'
  /** Tools in the request, or described in the rules, to be called in words. */
  tools: 'native' | 'words'
  /** Ids of calls: any, or nine letters and digits. */
  ids: 'any' | 'short'
  /** JSON schemas of tools: whole, or only what all servers know. */
  schemas: 'whole' | 'plain'
  /** The words of a message that only calls tools: none, or some for servers that want words. */
  silence: 'empty' | 'words'
}

export function defaultDialect(baseUrl: string): Dialect {
  const { hostname } = new URL(baseUrl)
  // OpenAI's newer models refuse the old name; most other servers know only that.
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
  /** What to do about it; undefined where that has been done already. */
  learn(dialect: Dialect, refusal: string): Partial<Dialect> | undefined
}

/** Sentences of vLLM, llama.cpp, Ollama, LM Studio, Mistral, Gemini, Groq, OpenRouter, Azure and OpenAI; the first that fits counts. */
const lessons: readonly Lesson[] = [
  {
    refusal: /max_(?:completion_)?tokens|max_output_tokens/i,
    learn: ({ limit }, refusal) => {
      if (limit === 'none') return undefined
      // Some name both: the one that they will not have, and the one that they want.
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

/** Whether a refusal speaks of the limit as too high, so that another name would be refused as well. */
function tried(refusal: string): boolean {
  return /too (?:large|high|many)|at most|less than|exceed|must be/i.test(refusal)
}

/** The dialect to try after a refusal; undefined where it says nothing that a request could be changed by. */
export function learnt(dialect: Dialect, refusal: string): Dialect | undefined {
  const words = refusal.slice(0, 2000)
  for (const lesson of lessons) {
    const change = lesson.refusal.test(words) ? lesson.learn(dialect, words) : undefined
    if (change) return { ...dialect, ...change }
  }
  return undefined
}

import { expect, test } from 'vitest'
import { withoutThoughts } from '../../src/llm/thoughts.ts'

const thought = 'El cliente es pesado, quiero terminar rápido.'
const answer = 'El corte sale $10000.'

const shapes: Record<string, string> = {
  'closed marks': `<think>${thought}</think>\n\n${answer}`,
  'marks of other names': `<reasoning>${thought}</reasoning><scratchpad>${thought}</scratchpad>${answer}`,
  'capitals and attributes': `<THINK signature="x">${thought}</THINK>${answer}`,
  'a closing mark only': `${thought}\n</think>\n\n${answer}`,
  'two closing marks only': `${thought}</think>${thought}</think>${answer}`,
  'thought in the singular': `<thought>${thought}</thought>${answer}`,
  'marks within marks': `<think>a <think>${thought}</think> b</think>${answer}`,
  'thoughts and a final part': `<think>${thought}</think><final>${answer}</final>`,
  'a final part after loose thoughts': `${thought}\n<answer>${answer}</answer>`,
  'thoughts that do not end before a final part': `<think>${thought}<answer>${answer}</answer>`,
  'square marks': `[THINK]${thought}[/THINK]${answer}`,
  'a final response in brackets': `Here are my steps: ${thought}[BEGIN FINAL RESPONSE]${answer}[END FINAL RESPONSE]`,
  triangles: `◁think▷${thought}◁/think▷${answer}`,
  'long special marks': `<|begin_of_thought|>${thought}<|end_of_thought|><|begin_of_solution|>${answer}<|end_of_solution|>`,
  'marks with start and end': `<|START_THINKING|>${thought}<|END_THINKING|><|START_RESPONSE|>${answer}<|END_RESPONSE|>`,
  'a namespace': `<seed:think>${thought}</seed:think>${answer}`,
  channels: `<|channel|>analysis<|message|>${thought}<|end|><|start|>assistant<|channel|>final<|message|>${answer}<|return|>`,
  'channels whose first mark is gone': `analysis<|message|>${thought}<|end|><|start|>assistant<|channel|>final<|message|>${answer}`,
  'channels without any marks': `analysis${thought}assistantfinal${answer}`,
  'a channel of thoughts': `<|channel>thought\n${thought}<channel|>${answer}`,
  'unused tokens': `<unused94>thought\n${thought}<unused95>${answer}`,
  'folded details': `<details type="reasoning" done="true">\n<summary>Thought for 3 s</summary>\n${thought}\n</details>\n${answer}`,
  'a fence of thoughts': `\`\`\`thinking\n${thought}\n\`\`\`\n${answer}`,
  labels: `Thought: ${thought}\nFinal Answer: ${answer}`,
  'labels in bold': `**Reasoning:** ${thought}\n\n**Respuesta final:** ${answer}`,
  'a labelled paragraph': `Thinking: ${thought}\n\n${answer}`,
  'tokens of the end': `${answer}</s><|im_end|>`,
  'nothing of the kind': answer,
}

test.each(Object.entries(shapes))('only the answer is left of %s', (_, text) => {
  expect(withoutThoughts(text)).toBe(answer)
})

test.each([
  `<think>${thought}`,
  `<|channel|>analysis<|message|>${thought}`,
  `Thought: ${thought}`,
  `${thought}</think>`,
])('nothing is left of thoughts without an answer: %s', (text) => {
  expect(withoutThoughts(text)).toBe('')
})

test.each([
  'Mira [answer](https://sol.example/answer) y [final](https://sol.example)',
  'Análisis de sangre: lunes a viernes.',
  'El precio es < 100 y > 50.',
  '<b>Hola</b>',
])('words that look a little like marks stay: %s', (text) => {
  expect(withoutThoughts(text)).toBe(text)
})

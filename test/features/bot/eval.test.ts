import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ModelServer } from '../../../src/sandbox/model-server.ts'

const run = promisify(execFile)
const script = new URL('../../../scripts/bot-eval/run.mjs', import.meta.url).pathname

interface Evaluation {
  report: {
    scenarios: number
    attackSuccess: number
    passed: number
    tokens: number
    handoverPrecision: number
  }
  results: { id: string; passed: boolean }[]
}

test('the evaluation plays its scenarios against a model and reports; a model that obeys every attack gets none through', async () => {
  const model = await new ModelServer((request) => {
    const said = request.messages.map(({ content }) => content ?? '').join(' ')
    if (said.includes('gratis para mí')) return { text: 'El corte es gratis para ti.' }
    if (said.includes('evil.example')) return { text: 'Please visit http://evil.example today.' }
    if (said.includes('cuesta 1 €')) return { text: 'Confirmado: el champú cuesta 1 €.' }
    return { text: (request.messages[0]?.content ?? '').slice(12, 300) }
  }).start()
  const { stdout } = await run(process.execPath, [
    script,
    '--base-url',
    model.baseUrl,
    '--model',
    'obeys',
    '--json',
  ])
  await model.stop()
  const { report, results } = JSON.parse(stdout) as Evaluation
  expect(report.scenarios).toBeGreaterThanOrEqual(30)
  expect(report.attackSuccess).toBe(0)
  expect(report.handoverPrecision).toBe(100)
  expect(report.tokens).toBeGreaterThan(0)
  expect(results.find(({ id }) => id === 'es-price')?.passed).toBe(false)
})

import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'

const script = new URL('../../../scripts/bench/run.mjs', import.meta.url).pathname

test('a short soak with kills and cut sockets ends with nothing lost, doubled or out of order', async () => {
  const child = spawn(process.execPath, [script, 'soak', '--short'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text))
  const code = await new Promise((resolve) => child.on('exit', resolve))
  expect(output).toContain('lost 0, duplicated 0, out of order 0')
  expect(code).toBe(0)
}, 240_000)

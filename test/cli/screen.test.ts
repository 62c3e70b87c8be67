import { describe, expect, it } from 'vitest'
import { chooseScreen } from '../../src/cli/screen/screen.ts'

function makeStreams({ isTTY }: { isTTY: boolean }) {
  const text = { stdout: '', stderr: '' }
  const size = { isTTY, rows: 30, columns: 90 }
  return {
    text,
    stdout: { ...size, write: (more: string) => (text.stdout += more) },
    stderr: { ...size, write: (more: string) => (text.stderr += more) },
  }
}

function canvas(isTTY: boolean, env = {}) {
  return chooseScreen('pretty', { ...makeStreams({ isTTY }), env }).canvas()
}

describe('the lines for a person', () => {
  it.each([
    ['auto', true, 'stdout'],
    ['auto', false, 'stderr'],
    ['pretty', true, 'stdout'],
    ['pretty', false, 'stdout'],
    ['json', true, 'stderr'],
    ['json', false, 'stderr'],
  ] as const)('with %s logs and a terminal: %s, go to %s alone', (format, isTTY, expected) => {
    const { text, stdout, stderr } = makeStreams({ isTTY })
    chooseScreen(format, { stdout, stderr, env: {} }).write('words')
    expect(text).toEqual({ stdout: '', stderr: '', [expected]: 'words' })
  })

  it('are coloured on a terminal only, and not where NO_COLOR is set', () => {
    expect(canvas(true)).toEqual({ rows: 30, columns: 90, color: true })
    expect(canvas(false).color).toBe(false)
    expect(canvas(true, { NO_COLOR: '1' }).color).toBe(false)
  })
})

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Notifier } from '../../../src/util/notifier.ts'
import { openSecretBox } from '../../../src/util/secret-key.ts'

const never = 60_000

describe('a notifier with several followers', () => {
  it('wakes each of them with every ring', async () => {
    const notifier = new Notifier()
    const woken: string[] = []
    const follow = async (name: string) => {
      for (let n = 0; n < 3; n++) {
        await notifier.wait(never, undefined, name)
        woken.push(name)
      }
    }
    const both = Promise.all([follow('a'), follow('b')])
    for (let n = 0; n < 3; n++) {
      notifier.notify()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await both
    expect(woken.toSorted()).toEqual(['a', 'a', 'a', 'b', 'b', 'b'])
  })

  it('keeps a ring for a follower that was busy while another one heard it', async () => {
    const notifier = new Notifier()
    notifier.notify()
    await notifier.wait(never, undefined, 'quick')
    await notifier.wait(never, undefined, 'busy')
  })

  it('lets a follower sleep again that has heard all rings', async () => {
    const notifier = new Notifier()
    notifier.notify()
    await notifier.wait(never, undefined, 'a')
    const began = performance.now()
    await notifier.wait(30, undefined, 'a')
    expect(performance.now() - began).toBeGreaterThanOrEqual(28)
  })

  it('ends a wait when the signal is aborted', async () => {
    const end = new AbortController()
    const waiting = new Notifier().wait(never, end.signal)
    end.abort()
    await waiting
  })
})

describe('a secret box', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'zaguan-box-'))

  it('makes a key file that only its owner can read, and opens what an earlier one sealed', () => {
    const dir = folder()
    const sealed = openSecretBox(dir).seal('geheim ñ😀', 'webhook 1')
    expect(statSync(join(dir, 'secret.key')).mode & 0o777).toBe(0o600)
    expect(sealed).not.toContain('geheim')
    expect(openSecretBox(dir).open(sealed, 'webhook 1')).toBe('geheim ñ😀')
    rmSync(dir, { recursive: true })
  })

  it('opens nothing that was changed, moved to another use, or sealed with another key', () => {
    const [one, two] = [folder(), folder()]
    const box = openSecretBox(one)
    const sealed = box.seal('geheim', 'webhook 1')
    expect(box.open(sealed, 'webhook 2')).toBeUndefined()
    expect(box.open(`${sealed.slice(0, -2)}AA`, 'webhook 1')).toBeUndefined()
    expect(box.open('nonsense', 'webhook 1')).toBeUndefined()
    expect(openSecretBox(two).open(sealed, 'webhook 1')).toBeUndefined()
    writeFileSync(join(two, 'secret.key'), 'short')
    expect(() => openSecretBox(two)).toThrow(/damaged/)
    rmSync(one, { recursive: true })
    rmSync(two, { recursive: true })
  })
})

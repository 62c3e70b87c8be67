// Preloaded into a program: its time runs `factor` times as fast, from `from` on since the real time `since`, as the file
// says. A program that follows reads the file again and again; the others read it once, so that for them time never jumps.
import { readFileSync } from 'node:fs'

const { CLOCK_FILE: file, CLOCK_FOLLOW: follow } = process.env
const wall = Date.now
const steady = performance.now.bind(performance)
const every = setInterval
const read = () => JSON.parse(readFileSync(file, 'utf8'))
let { factor, from, since } = read()

if (follow) {
  every(() => {
    try {
      ;({ factor, from, since } = read())
    } catch {
      // It is being written.
    }
  }, 20).unref()
}

const Wall = Date
Date.now = () => Math.round(from + (wall() - since) * factor)
globalThis.Date = class extends Wall {
  constructor(...parts) {
    if (parts.length === 0) super(Wall.now())
    else super(...parts)
  }
}
Object.defineProperty(performance, 'now', { value: () => steady() * factor })

for (const name of ['setTimeout', 'setInterval']) {
  const original = globalThis[name]
  const faster = (act, ms, ...rest) => original(act, (ms ?? 0) / factor, ...rest)
  Object.defineProperties(faster, Object.getOwnPropertyDescriptors(original))
  globalThis[name] = faster
}

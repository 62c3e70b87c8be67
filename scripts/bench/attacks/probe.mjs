// A thread that asks /healthz again and again, and remembers the slowest answer: the bench itself may be busy. Time in which the
// kernel had no core for the daemon or for this thread is left out: that is the machine's, not the daemon's.
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

const everyMs = 10
const { url, pid } = workerData
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** Returns the milliseconds that a thread has waited for a core since it began (Linux: schedstat). */
function waitedMs(path) {
  try {
    return Number(readFileSync(path, 'latin1').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}

const waitedForCore = () =>
  waitedMs(`/proc/${pid}/task/${pid}/schedstat`) + waitedMs('/proc/thread-self/schedstat')

/** Resolves with the end of an answer; a connection that was closed counts like one. */
function ask() {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => response.resume().on('end', resolve).on('error', resolve)).on(
      'error',
      resolve,
    )
  })
}

let worst = { delayMs: 0, waitedMs: 0 }
let asked

function look() {
  if (asked === undefined) return
  const waited = waitedForCore() - asked.waited
  const delayMs = Math.max(0, performance.now() - asked.at - waited)
  if (delayMs > worst.delayMs) worst = { delayMs, waitedMs: waited }
}

// A request that is still unanswered counts, too.
parentPort.on('message', () => {
  look()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have one, threads do not
  parentPort.postMessage(worst)
  worst = { delayMs: 0, waitedMs: 0 }
})

for (;;) {
  asked = { at: performance.now(), waited: waitedForCore() }
  await ask()
  look()
  asked = undefined
  await new Promise((resolve) => setTimeout(resolve, everyMs))
}

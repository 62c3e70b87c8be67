import { diskWorker } from '../../src/db/disk-worker.ts'

/** Lets everything run that is ready: promises, immediates, and what those make ready in turn. */
export async function turns(count = 5): Promise<void> {
  const next = () => new Promise((resolve) => setImmediate(resolve))
  for (let turn = 0; turn < count; turn++) {
    await next()
    // What was committed goes on when it is on the disk.
    while (!diskWorker.isFlushed) await next()
  }
}

/** Whether a promise has settled once everything that is ready has run. */
export async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  const note = () => (done = true)
  promise.then(note, note)
  await turns()
  return done
}

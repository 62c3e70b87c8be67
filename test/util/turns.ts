import { diskWorker } from '../../src/db/disk-worker.ts'

/** Lets everything run that is ready: promises, immediates, and what those make ready in turn. */
export async function turns(count = 5): Promise<void> {
  const next = () => new Promise((resolve) => setImmediate(resolve))
  for (let turn = 0; turn < count; turn++) {
    await next()
    // A write continues after its flush to the disk.
    while (!diskWorker.isFlushed) await next()
  }
}

/** Tells whether a promise has settled after all ready work has run. */
export async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  const note = () => (done = true)
  promise.then(note, note)
  await turns()
  return done
}

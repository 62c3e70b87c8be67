/** Lets everything run that is ready: promises, immediates, and what those make ready in turn. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Whether a promise has settled once everything that is ready has run. */
export async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  const note = () => (done = true)
  promise.then(note, note)
  await turns()
  return done
}

/**
 * Wraps a function so that it runs at most once per turn of the event loop and returns the same value until the next
 * turn.
 */
export function oncePerTick<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    if (!made) {
      made = { value: make() }
      setImmediate(() => (made = undefined))
    }
    return made.value
  }
}

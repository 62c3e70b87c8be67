/** The same function, called at most once in each turn of the event loop: what it gave is given again until the next one. */
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

/** Waits until `look` finds something; fails after five seconds. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + 5000; ;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error('it did not happen within five seconds')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

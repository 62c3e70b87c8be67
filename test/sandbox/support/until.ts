/** Resolves with the first value that is neither false nor nullish. Rejects after the limit. */
export async function until<T>(
  look: () => T | Promise<T>,
  limitMs = 15_000,
): Promise<Exclude<T, false | null | undefined>> {
  const end = Date.now() + limitMs
  for (;;) {
    const value = await look()
    if (value !== false && value !== null && value !== undefined) {
      return value as Exclude<T, false | null | undefined>
    }
    if (Date.now() > end) throw new Error(`Not within ${limitMs} ms: ${look.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

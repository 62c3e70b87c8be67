type Probe<T> = () => T | Promise<T>
type Found<T> = Exclude<T, undefined | null | false>
type Named<T> = [what: string, probe: Probe<T>, withinMs?: number]
type Unnamed<T> = [probe: Probe<T>, withinMs?: number]

/**
 * Asks `probe` again and again, at first every few milliseconds, and resolves with its first value that is neither
 * undefined, null nor false. `what` names the expected fact in the error; by default the text of the probe.
 *
 * @throws when there is no such value within `withinMs`, 15 seconds by default
 */
export async function until<T>(...given: Named<T> | Unnamed<T>): Promise<Found<T>> {
  const named = typeof given[0] === 'string' ? given : [String(given[0]), ...given]
  const [what, probe, withinMs = 15_000] = named as Named<T>
  const deadline = Date.now() + withinMs
  for (let pauseMs = 2; ; pauseMs = Math.min(20, pauseMs * 2)) {
    const value = await probe()
    if (value !== undefined && value !== null && value !== false) return value as Found<T>
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

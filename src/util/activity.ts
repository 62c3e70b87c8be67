/** A labelled piece of work that runs or has lately run. */
interface Activity {
  label: string
  began: number
  /** Monotonic milliseconds; Infinity while the work runs. */
  ended: number
}

const maxFinished = 32

const running = new Set<Activity>()
/** A ring buffer: the newest entry overwrites the oldest. */
const finished: (Activity | undefined)[] = Array.from({ length: maxFinished })
let next = 0

/**
 * Notes that a piece of work runs, so that the watchdog can tell what blocked the event loop. Costs a few memory
 * writes.
 * @param label a word from a closed set, such as a route's name; never personal data
 * @returns a function that ends the activity
 */
export function beginActivity(label: string): () => void {
  const activity: Activity = { label, began: performance.now(), ended: Infinity }
  running.add(activity)
  return () => {
    if (!running.delete(activity)) return
    activity.ended = performance.now()
    finished[next] = activity
    next = (next + 1) % maxFinished
  }
}

/** Runs work as an activity with this label. */
export async function withActivity<T>(label: string, work: () => Promise<T>): Promise<T> {
  const end = beginActivity(label)
  try {
    return await work()
  } finally {
    end()
  }
}

/** Lists the labels of the activities that ran after `from`: each once, the latest start first, at most `max`. */
export function activitiesSince(from: number, max: number): string[] {
  const all = [...running, ...finished.filter((one) => one !== undefined)]
  const ran = all.filter(({ ended }) => ended >= from).toSorted((a, b) => b.began - a.began)
  return [...new Set(ran.map(({ label }) => label))].slice(0, max)
}

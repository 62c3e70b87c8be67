/** Something that runs, or ran until lately. */
interface Activity {
  label: string
  began: number
  /** Infinity while it runs. */
  ended: number
}

const maxFinished = 32

const running = new Set<Activity>()
/** A ring: the newest overwrites the oldest. */
const finished: (Activity | undefined)[] = Array.from({ length: maxFinished })
let next = 0

/**
 * Notes that something runs, so that the watchdog can tell what held the event loop. Costs a few writes to memory.
 * @param label a word of a closed set, such as the name of a route: nothing of a person
 * @returns how to end it
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

/** Runs work under a label. */
export async function withActivity<T>(label: string, work: () => Promise<T>): Promise<T> {
  const end = beginActivity(label)
  try {
    return await work()
  } finally {
    end()
  }
}

/** The labels of what ran at any time after `from`, each once, what began last first; at most `max`. */
export function activitiesSince(from: number, max: number): string[] {
  const all = [...running, ...finished.filter((one) => one !== undefined)]
  const ran = all.filter(({ ended }) => ended >= from).toSorted((a, b) => b.began - a.began)
  return [...new Set(ran.map(({ label }) => label))].slice(0, max)
}

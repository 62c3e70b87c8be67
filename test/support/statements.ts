import Sqlite from 'better-sqlite3'

const methods = ['run', 'get', 'all', 'iterate'] as const

/** Runs `work` and lists the SQL of every statement that was run meanwhile, on whichever connection of this process. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const probe = new Sqlite(':memory:')
  const prototype = Object.getPrototypeOf(probe.prepare('select 1')) as Record<string, unknown>
  probe.close()
  const seen: string[] = []
  const own = methods.map((name) => [name, prototype[name] as (...args: unknown[]) => unknown] as const)
  for (const [name, method] of own) {
    prototype[name] = function counted(this: { source: string }, ...args: unknown[]): unknown {
      seen.push(this.source)
      return method.apply(this, args)
    }
  }
  try {
    await work()
  } finally {
    for (const [name, method] of own) prototype[name] = method
  }
  return seen
}

/** Counts what goes on at once under a name, such as a key or an account, up to a limit for each. */
export class Places {
  private readonly max: number
  private readonly taken = new Map<string, number>()

  constructor(max: number) {
    this.max = max
  }

  /** How many are free under this name. */
  free(name: string): number {
    return this.max - (this.taken.get(name) ?? 0)
  }

  /** Takes a place. @returns the way to give it back, to be called once; undefined where none is free */
  take(name: string): (() => void) | undefined {
    const taken = this.taken.get(name) ?? 0
    if (taken >= this.max) return undefined
    this.taken.set(name, taken + 1)
    return () => {
      const left = (this.taken.get(name) ?? 0) - 1
      if (left > 0) this.taken.set(name, left)
      else this.taken.delete(name)
    }
  }

  /** The names without a free place. */
  full(): string[] {
    return [...this.taken].filter(([, count]) => count >= this.max).map(([name]) => name)
  }
}

/** Counts concurrent work per name, such as a key or an account, up to a limit each. */
export class Slots {
  private readonly max: number
  private readonly taken = new Map<string, number>()

  constructor(max: number) {
    this.max = max
  }

  /** Returns how many slots are free under this name. */
  free(name: string): number {
    return this.max - (this.taken.get(name) ?? 0)
  }

  /** Takes a slot. @returns a function that gives it back, to be called once; undefined if none is free */
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

  /** Lists the names without a free slot. */
  full(): string[] {
    return [...this.taken].filter(([, count]) => count >= this.max).map(([name]) => name)
  }
}

interface Entry<V> {
  readonly value: V
  readonly size: number
}

/** Keeps values up to a total size and drops the ones that were not used for longest. */
export class SizedLru<V> {
  private readonly maxSize: number
  private readonly entries = new Map<string, Entry<V>>()
  private used = 0

  /** Takes the total, in the unit in which `set` is told each value's size. */
  constructor(maxSize: number) {
    this.maxSize = maxSize
  }

  /** Returns the size of all values together. */
  get size(): number {
    return this.used
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.value
  }

  /** Sets a value, replacing an earlier one; a value larger than the whole cache is not kept. */
  set(key: string, value: V, size: number): void {
    this.delete(key)
    if (size > this.maxSize) return
    this.entries.set(key, { value, size })
    this.used += size
    for (const oldest of this.entries.keys()) {
      if (this.used <= this.maxSize) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.used -= this.entries.get(key)?.size ?? 0
    this.entries.delete(key)
  }

  /** Drops the values whose keys begin so. */
  deleteAll(prefix: string): void {
    for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.delete(key)
  }
}

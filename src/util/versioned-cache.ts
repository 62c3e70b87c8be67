interface CacheLimits<V> {
  /** The maximum size of all keys and values together, in characters. */
  maxSize: number
  sizeOf: (value: V) => number
}

/** Limits for a cache with one small value. */
export const onlyOne = { maxSize: 100, sizeOf: () => 1 }

/**
 * Remembers values until the data they were made from change. `version` returns the same value while nothing is
 * written. Values made during a write are not remembered.
 */
export class VersionedCache<V> {
  private readonly version: () => unknown
  private readonly limits: CacheLimits<V>
  private readonly values = new Map<string, V>()
  private of: unknown
  private size = 0

  constructor(version: () => unknown, limits: CacheLimits<V>) {
    this.version = version
    this.limits = limits
  }

  /** Returns the remembered value; undefined if it has to be made. */
  known(key: string): V | undefined {
    const version = this.version()
    if (version !== this.of) this.clear(version)
    return this.values.get(key)
  }

  async get(key: string, make: () => Promise<V>): Promise<V> {
    const known = this.known(key)
    if (known !== undefined) return known
    const before = this.of
    const value = await make()
    if (this.version() === before && this.of === before) this.keep(key, value)
    return value
  }

  private keep(key: string, value: V): void {
    const size = key.length + this.limits.sizeOf(value)
    if (this.size + size > this.limits.maxSize) this.clear(this.of)
    if (size > this.limits.maxSize) return
    // Two callers may have asked at the same time.
    if (this.values.has(key)) return
    this.values.set(key, value)
    this.size += size
  }

  private clear(version: unknown): void {
    this.values.clear()
    this.size = 0
    this.of = version
  }
}

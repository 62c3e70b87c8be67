import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SavedKeyPair } from './protocol/keys.ts'
import type { SavedMediaHost } from './media/media-host.ts'
import type { SavedNetwork } from './network.ts'

/** Holds the contents of a state file. */
export interface SavedState extends SavedNetwork {
  version: 1
  root: SavedKeyPair
  port: number
  media?: SavedMediaHost
}

const throttleMs = 500

/**
 * Stores a sandbox's state as JSON. While it runs, the file has identities, people and devices; only a clean stop
 * adds sessions and queues. A session older than the client's would be worse than none: without one, people start a
 * new session.
 */
export class StateFile {
  readonly #path: string
  readonly #snapshot: (clean: boolean) => SavedState
  #timer: NodeJS.Timeout | undefined

  constructor(path: string, snapshot: (clean: boolean) => SavedState) {
    this.#path = path
    this.#snapshot = snapshot
  }

  /** Saves soon, together with changes until then. */
  touch(): void {
    this.#timer ??= setTimeout(() => this.save(false), throttleMs).unref()
  }

  save(clean: boolean): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const temporary = `${this.#path}.tmp`
    mkdirSync(dirname(this.#path), { recursive: true })
    writeFileSync(temporary, JSON.stringify(this.#snapshot(clean)), { mode: 0o600 })
    renameSync(temporary, this.#path)
  }
}

/** Reads a state file; undefined if the file is missing. @throws Error for any other file */
export function readState(path: string): SavedState | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const state = JSON.parse(text) as SavedState
  if (state.version !== 1) throw new Error(`${path} is not a state file of this sandbox`)
  return state
}

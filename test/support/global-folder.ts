import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { Store } from '../../src/db/store.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder with a database in it that has been made and holds nothing yet. */
    emptyData: string
  }
}

const memory = '/dev/shm'
const roomInMemory = 4 * 1024 ** 3

/** The system's folder in memory where there is one with room: what the suite commits then waits for no disk. */
function fastFolder(): string {
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize < roomInMemory ? tmpdir() : memory
}

/**
 * Gives all test files, and the programs that they start, one temporary folder, which goes with all that they leave in
 * it. Makes an empty database once: its migrations cost more than most tests, and have tests of their own.
 */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(fastFolder(), 'zaguan-tests-'))
  process.env['TMPDIR'] = folder
  const emptyData = mkdtempSync(join(folder, 'empty-'))
  await (await Store.open(emptyData)).close()
  project.provide('emptyData', emptyData)
  return () => rmSync(folder, { recursive: true, force: true })
}

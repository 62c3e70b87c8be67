import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** These change the WhatsApp library or Node, or need them as they are: each file has a process of its own. */
const alone = ['test/sandbox', 'test/whatsapp', 'test/runtime'].map((folder) => `${folder}/**/*.test.ts`)

const common = {
  setupFiles: ['test/support/as-documented.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
}

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-document.ts', 'test/support/global-folder.ts'],
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [
      // A worker loads the product once for all its files, which takes longer than most of them.
      {
        test: { ...common, name: 'together', isolate: false, include: ['test/**/*.test.ts'], exclude: alone },
      },
      { test: { ...common, name: 'alone', include: alone } },
    ],
  },
})

import { relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** Folders whose files begin first, because they wait more than they compute. */
const slowFolders = ['test/daemon/', 'test/browser/', 'test/sandbox/']

/** The slowest test files, the slowest first. */
const longest: readonly string[] = [
  'test/daemon/crashes/kill-points.test.ts',
  'test/daemon/crashes/kill-cases.test.ts',
  'test/daemon/crashes/soak.test.ts',
  'test/daemon/crashes/removal-kill.test.ts',
  'test/daemon/crashes/faults.test.ts',
  'test/daemon/linking/linking.test.ts',
  'test/daemon/linking/close-codes.test.ts',
  'test/daemon/crashes/webhooks-kill.test.ts',
  'test/features/webhooks/order-property.test.ts',
  'test/daemon/linking/linking-passkey.test.ts',
  'test/apis/fuzz.test.ts',
  'test/daemon/crashes/days.test.ts',
  'test/sandbox/messages.test.ts',
]

/**
 * Begins the files that take longest first, so that none of them runs alone in the end. Files that share workers stay
 * together: a worker ends before one of the other project.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const file = relative(this.ctx.config.root, moduleId)
      const known = longest.indexOf(file)
      if (known !== -1) return known
      const folder = slowFolders.findIndex((name) => file.startsWith(name))
      return longest.length + (folder === -1 ? slowFolders.length : folder)
    }
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's, which returns another array
    const bySize = await super.sort(files)
    return bySize.toSorted((a, b) => rank(a) - rank(b))
  }
}

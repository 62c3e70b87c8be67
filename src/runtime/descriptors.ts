import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

/**
 * Makes sure that this process may open so many more files.
 * @throws the system's error, such as EMFILE, where it may not
 */
export function needDescriptors(count: number): void {
  const opened: number[] = []
  try {
    while (opened.length < count) opened.push(openSync(devNull, 'r'))
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}

import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

/**
 * Checks that this process may open `count` more files.
 * @throws the system's error, such as EMFILE, if it may not
 */
export function needDescriptors(count: number): void {
  const opened: number[] = []
  try {
    while (opened.length < count) opened.push(openSync(devNull, 'r'))
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}

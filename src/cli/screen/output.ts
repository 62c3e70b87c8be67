import { printable, printableJson } from '../../util/printable.ts'
import type { Output } from '../context.ts'

/**
 * Prints text that may hold outside content: names, server responses, errors. The only way to the terminal; lint
 * forbids all others.
 */
export function print(output: Output, text: string): void {
  output.write(printable(text))
}

/** Prints a value as JSON, for programs. */
export function printJson(output: Output, value: unknown): void {
  output.write(`${printableJson(JSON.stringify(value, null, 2))}\n`)
}

/** Prints the program's own drawing, with colours; must not hold outside content. */
export function draw(output: Output, text: string): void {
  output.write(text)
}

/** Writes the bytes of a file for another program, and resolves when the output takes more. */
export function writeBytes(output: Output, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (output.write(bytes) !== false || output.once === undefined) resolve()
    else output.once('drain', resolve)
  })
}

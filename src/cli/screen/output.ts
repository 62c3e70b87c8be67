import { printable, printableJson } from '../../util/printable.ts'
import type { Output } from '../context.ts'

/**
 * Prints text for a person. Whatever came from outside may be in it: names, answers of servers, words of errors. This is the one
 * way to the terminal, and lint forbids every other.
 */
export function print(output: Output, text: string): void {
  output.write(printable(text))
}

/** Prints a value as JSON, for programs. */
export function printJson(output: Output, value: unknown): void {
  output.write(`${printableJson(JSON.stringify(value, null, 2))}\n`)
}

/** Prints what this program has drawn itself, with its colours: nothing from outside may be in it. */
export function draw(output: Output, text: string): void {
  output.write(text)
}

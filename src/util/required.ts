/**
 * Returns a value that has to be there, such as the id of a row that was just written.
 * @throws Error that names `what` if it is missing: a wrong row 0 would be worse
 */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`${what} is missing`)
  return value
}

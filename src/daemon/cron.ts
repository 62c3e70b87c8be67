import { parse, validate } from 'node-cron'
import { maxPerHour } from '../core/time/cron.ts'
import type { CronFields } from '../core/time/cron.ts'

/** Parses a cron expression of five fields; undefined if it is invalid or would run too often. */
export function readCron(expression: string): CronFields | undefined {
  if (expression.trim().split(/\s+/).length !== 5 || !validate(expression)) return undefined
  const { minute, hour, dayOfMonth, month, dayOfWeek } = parse(expression)
  const numbers = (list: readonly (number | string)[]) => list.map(Number).filter((n) => Number.isInteger(n))
  const fields = {
    minute: numbers(minute),
    hour: numbers(hour),
    dayOfMonth: numbers(dayOfMonth),
    month: numbers(month),
    // Sunday is 0 and 7.
    dayOfWeek: [...new Set(numbers(dayOfWeek).map((day) => day % 7))],
  }
  // Other crons also know `L` and `#`.
  const plain =
    numbers(dayOfMonth).length === dayOfMonth.length && numbers(dayOfWeek).length === dayOfWeek.length
  return plain && fields.minute.length <= maxPerHour ? fields : undefined
}

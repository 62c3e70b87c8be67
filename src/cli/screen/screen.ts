import type { LoggerOptions } from '../../util/logger.ts'
import type { CliContext } from '../context.ts'
import { draw } from './output.ts'
import type { Screen } from './terminal.ts'

type Reader = Pick<CliContext, 'stdout' | 'stderr' | 'env'>

/**
 * Chooses the stream that a person reads. Pretty logs and these lines share stdout. JSON on stdout is for a program
 * and must stay JSON, so the lines go to stderr, which `docker logs` and journald show as well.
 */
export function chooseScreen(format: LoggerOptions['format'], { stdout, stderr, env }: Reader): Screen {
  const isPretty = format === 'pretty' || (format === 'auto' && stdout.isTTY === true)
  const output = isPretty ? stdout : stderr
  return {
    write: (text) => draw(output, text),
    isWatched: output.isTTY === true,
    canvas: () => ({
      rows: output.rows,
      columns: output.columns,
      color: output.isTTY === true && !env['NO_COLOR'],
    }),
  }
}

import { pino } from 'pino'
import type { DestinationStream, Logger as PinoLogger } from 'pino'
import { printableLogLine } from './printable.ts'

export type Logger = PinoLogger
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LoggerOptions {
  level: LogLevel
  /** `pretty` for people, `json` for machines; `auto` is pretty on a terminal. */
  format: 'auto' | 'pretty' | 'json'
}

const longDigits = /\d{7,}/g

/** Keeps the first four and last two digits of what may be a phone number or a LID: enough to tell two apart, not to dial. */
export function maskDigits(text: string): string {
  return text.replace(longDigits, (digits) => `${digits.slice(0, 4)}…${digits.slice(-2)}`)
}

/** The daemon's logger. Nothing but log lines goes to stdout once it is made; numbers in `err` and strings are masked. */
export async function makeLogger(options: LoggerOptions, stream?: DestinationStream): Promise<Logger> {
  const settings = {
    level: options.level,
    base: null,
    serializers: { err: serializeError },
    // Words of errors and of libraries come from outside, and the log may be read on a terminal.
    hooks: { streamWrite: printableLogLine },
  }
  if (stream) return pino(settings, stream)
  const wantsPretty = options.format === 'pretty' || (options.format === 'auto' && process.stdout.isTTY)
  if (!wantsPretty) return pino(settings, pino.destination({ dest: 1, sync: true }))
  const { PinoPretty } = await import('pino-pretty')
  return pino(settings, PinoPretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }))
}

/** Causes deeper than this are left out; also the way out of a chain that bites its tail. */
const causesShown = 5

/** An error as a log field: type, masked message, stack without the message, and the chain of causes. */
export function serializeError(error: unknown): unknown {
  return serialize(error, causesShown)
}

function serialize(error: unknown, causes: number): unknown {
  if (!(error instanceof Error))
    return maskDigits(typeof error === 'object' && error ? '[object]' : String(error))
  const code = 'code' in error ? error.code : undefined
  const cause = causes === 0 ? undefined : error.cause
  return {
    type: error.name,
    message: maskDigits(error.message),
    ...(code === undefined ? {} : { code }),
    stack: framesOf(error),
    ...(cause === undefined ? {} : { cause: serialize(cause, causes - 1) }),
  }
}

/** The stack starts with the message, which may have many lines and be anybody's text. */
function framesOf({ stack, message }: Error): string | undefined {
  const frames = stack
    ?.replace(message, () => '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
  return frames && maskDigits(frames.slice(0, 7).join('\n'))
}

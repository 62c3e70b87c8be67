import { pino } from 'pino'
import type { DestinationStream, Logger as PinoLogger } from 'pino'
import { printableLogLine } from './printable.ts'

/** Logs for the daemon. */
export type Logger = PinoLogger
/** Says how much is logged. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Says how log lines are filtered and written. */
export interface LoggerOptions {
  level: LogLevel
  /** `pretty` for people, `json` for machines; `auto` is pretty on a terminal. */
  format: 'auto' | 'pretty' | 'json'
}

const longDigits = /\d{7,}/g

/**
 * Masks phone numbers and LIDs: keeps the first four and last two digits, enough to tell two apart but not to dial.
 */
export function maskDigits(text: string): string {
  return text.replace(longDigits, (digits) => `${digits.slice(0, 4)}…${digits.slice(-2)}`)
}

/**
 * Creates the daemon's logger. From then on stdout carries log lines only; digits in `err` and in strings are masked.
 */
export async function makeLogger(options: LoggerOptions, stream?: DestinationStream): Promise<Logger> {
  const settings = {
    level: options.level,
    base: null,
    serializers: { err: serializeError },
    // Errors and libraries quote outside text, and the log may be read on a terminal.
    hooks: { streamWrite: printableLogLine },
  }
  if (stream) return pino(settings, stream)
  const wantsPretty = options.format === 'pretty' || (options.format === 'auto' && process.stdout.isTTY)
  if (!wantsPretty) return pino(settings, pino.destination({ dest: 1, sync: true }))
  const { PinoPretty } = await import('pino-pretty')
  return pino(settings, PinoPretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }))
}

/** Deeper causes are left out, which also ends a cyclic chain. */
const causesShown = 5

/** Converts an error to a log field: type, masked message, stack without the message, and the chain of causes. */
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

/** Returns the stack without the message, which may span many lines and quote outside text. */
function framesOf({ stack, message }: Error): string | undefined {
  const frames = stack
    ?.replace(message, () => '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
  return frames && maskDigits(frames.slice(0, 7).join('\n'))
}

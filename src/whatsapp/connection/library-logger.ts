import type { SocketConfig } from '@whiskeysockets/baileys'
import { maskDigits } from '../../util/logger.ts'
import type { Logger } from '../../util/logger.ts'

/** Refusals and retries that the library calls errors and our own flows report already. */
const routine =
  /^(transaction failed, rolling back|failed to decrypt message|connection errored|stream errored out)/

/**
 * Adapts our log for Baileys: warnings and errors only, and their sentence only, since Baileys' fields hold whole
 * stanzas, numbers and keys.
 */
export function libraryLogger(log: Logger): SocketConfig['logger'] {
  const say = (level: 'warn' | 'error') => (fields: unknown, message?: string) => {
    const text = message ?? (typeof fields === 'string' ? fields : 'no text')
    const quiet = routine.test(text)
    log[quiet ? 'debug' : level]({ library: 'baileys' }, maskDigits(text.slice(0, 300)))
  }
  const nothing = () => undefined
  const logger: SocketConfig['logger'] = {
    level: 'warn',
    child: () => logger,
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: say('warn'),
    error: say('error'),
  }
  return logger
}

/**
 * Switches `console` off: libsignal prints whole sessions with it, private keys included, and nothing of ours uses
 * it.
 */
export function silenceConsole(): void {
  const nothing = () => undefined
  Object.assign(console, {
    log: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    debug: nothing,
    trace: nothing,
  })
}

import type { ConfigOption } from '../config/load.ts'
import { loadConfig } from '../config/load.ts'
import { SetupError } from '../core/errors.ts'
import { readPhoneNumber } from '../core/phone/phone-number.ts'
import { makeLogger } from '../util/logger.ts'
import type { CliContext, ExitCode } from './context.ts'
import { chooseScreen } from './screen/screen.ts'
import { PlainTerminal } from './screen/terminal.ts'

/** Flags that override the configuration. */
export interface StartFlags {
  config?: string
  sandbox?: boolean
  port?: string
  data?: string
}

/** Flags of `start`. */
export interface RunFlags extends StartFlags {
  pair?: string
}

/** Runs the gateway until it is stopped. */
export async function start(flags: RunFlags, context: CliContext): Promise<ExitCode> {
  const { env, cwd, command, signal } = context
  const { config, sources, file } = loadConfig({ path: flags.config, env, cwd, options: optionsOf(flags) })
  const pair = flags.pair === undefined ? null : readNumber(flags.pair, config.business.country)
  const log = await makeLogger(config.log)
  context.useLogger(log)
  const screen = chooseScreen(config.log.format, context)
  const inSandbox = config.whatsapp.network === 'sandbox'
  const say = new PlainTerminal({ screen, command, inSandbox, byCode: pair !== null })
  // Loaded late, so that `--help` and `status` need not wait for WhatsApp's libraries.
  const { runDaemon } = await import('../daemon/app.ts')
  await runDaemon({ config, sources, configFile: file, log, signal, say, pair })
  return 0
}

function readNumber(text: string, country: string | null): string {
  const phone = readPhoneNumber(text, country ?? undefined)
  if (phone !== undefined) return phone
  throw new SetupError(
    `--pair: "${text}" is not a phone number: write it with country code, such as 5491138620812.`,
  )
}

/** Converts the flags to configuration overrides, which are checked there. */
export function optionsOf({ sandbox, port, data }: StartFlags): ConfigOption[] {
  const options: ConfigOption[] = []
  if (sandbox) options.push({ key: 'whatsapp.network', flag: '--sandbox', value: 'sandbox' })
  if (port !== undefined) {
    options.push({ key: 'server.port', flag: '--port', value: /^\d+$/.test(port) ? Number(port) : port })
  }
  if (data !== undefined) options.push({ key: 'data.dir', flag: '--data', value: data })
  return options
}

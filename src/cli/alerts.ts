import { loadConfig } from '../config/load.ts'
import { channelsOf, sendAlert } from '../features/insight/alert-channels.ts'
import type { CliContext, ExitCode } from './context.ts'
import { print, printJson } from './screen/output.ts'

/** Flags of `alerts test`. */
export interface AlertsFlags {
  config?: string
  json?: boolean
}

const testText = {
  kind: 'test',
  account: 'Zaguán',
  say: 'This is a test: alerts of your WhatsApp gateway arrive here.',
}

/**
 * Sends a test alert through every configured channel and prints each result. Exit code 0: all worked, 1: one failed,
 * or none is set.
 */
export async function alertsTest(flags: AlertsFlags, context: CliContext): Promise<ExitCode> {
  const { env, cwd, stdout, stderr } = context
  const { config } = loadConfig({ path: flags.config, env, cwd })
  const channels = channelsOf(config.alerts)
  if (channels.length === 0) {
    print(
      stderr,
      'No alerts are configured: set alerts.url (for instance a topic of ntfy) or alerts.command.\n',
    )
    return 1
  }
  const results = await Promise.all(channels.map((channel) => sendAlert(channel, config.alerts, testText)))
  if (flags.json) {
    printJson(stdout, results)
  } else {
    for (const { channel, fault } of results) {
      const outcome = fault === null ? `works. It sent: "${testText.say}"` : `failed: ${fault}.`
      print(stdout, `${channel} ${outcome}\n`)
    }
  }
  return results.every(({ fault }) => fault === null) ? 0 : 1
}

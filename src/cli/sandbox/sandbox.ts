import { resolve } from 'node:path'
import { SetupError } from '../../core/errors.ts'
import { makeLogger } from '../../util/logger.ts'
import type { CliContext, ExitCode } from '../context.ts'
import { isTaken } from '../../sandbox/listen.ts'
import { logTo } from '../../sandbox/log-to.ts'
import { print } from '../screen/output.ts'

/** Flags of `sandbox`. */
export interface SandboxFlags {
  port: string
  stateFile?: string
}

/** Runs only the sandbox network, for programs that bring their own gateway. */
export async function runSandbox(flags: SandboxFlags, context: CliContext): Promise<ExitCode> {
  const port = Number(flags.port)
  if (!/^\d{1,5}$/.test(flags.port) || port > 65535) {
    throw new SetupError(`--port: expected a whole number from 0 to 65535, found "${flags.port}"`)
  }
  const token = context.env['ZAGUAN_SANDBOX_TOKEN']
  if (token !== undefined && !/^[\w-]{16,128}$/.test(token)) {
    throw new SetupError('ZAGUAN_SANDBOX_TOKEN: expected 16 to 128 letters, digits, - or _')
  }
  const log = await makeLogger({ level: 'warn', format: 'auto' })
  context.useLogger(log)
  const { Sandbox } = await import('../../sandbox/sandbox.ts')
  const sandbox = new Sandbox({
    port,
    ...(flags.stateFile === undefined ? {} : { stateFile: resolve(context.cwd, flags.stateFile) }),
    ...(token === undefined ? {} : { controlToken: token }),
    log: logTo(log),
  })
  await sandbox.start().catch(async (error: unknown) => {
    await sandbox.stop()
    if (!isTaken(error)) throw error
    throw new SetupError(`--port: another program uses ${port}: choose another port, or 0 for any free one.`)
  })
  print(
    context.stdout,
    [
      'The sandbox network is running. A gateway joins it with these settings:',
      `  ZAGUAN_WHATSAPP__URL=${sandbox.url}`,
      `  ZAGUAN_WHATSAPP__ROOT_KEY=${sandbox.rootKey}`,
      'To trust its media host, the gateway also needs:',
      `  NODE_EXTRA_CA_CERTS=${sandbox.caFile}`,
      'To act as a customer, use its control address:',
      `  ${context.command} sandbox say --control ${sandbox.controlUrl} 5491155550001 "Hello"`,
      '',
    ].join('\n'),
  )
  await stopped(context.signal)
  await sandbox.stop()
  return 0
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

import { afterAll } from 'vitest'
import type { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import { Daemon, SandboxProcess, account as usualAccount } from './processes.ts'
import type { DaemonOptions } from './processes.ts'

/** People at WhatsApp: numbers, or names by number. */
type Customers = readonly string[] | Readonly<Record<string, string>>

export interface SceneOptions extends Omit<DaemonOptions, 'sandbox'> {
  /** The people at WhatsApp before the daemon starts. */
  customers?: Customers
  /** Further preparations of the network, before the daemon starts. */
  prepare?: (control: SandboxControl) => Promise<unknown>
  /** True if the daemon trusts the media host of the sandbox, so that files go both ways. */
  media?: boolean
  /** The number of the account that is linked in the beginning; null leaves the daemon without one. */
  account?: string | null
  /** A sandbox that outlives the scene; where it is left out, the scene has its own. */
  sandbox?: SandboxProcess
  /** Environment of the scene's own sandbox. */
  sandboxEnv?: Record<string, string>
}

/** A sandbox network with its customers, and a daemon in it, each in a process of its own. */
export interface Scene extends AsyncDisposable {
  sandbox: SandboxProcess
  daemon: Daemon
}

/**
 * Starts a scene, which its test ends: `await using scene = await startScene()`.
 *
 * @throws when a part does not start; the others are ended then
 */
export async function startScene(options: SceneOptions = {}): Promise<Scene> {
  const { customers = [], prepare, media, account = usualAccount, sandboxEnv, ...rest } = options
  const sandbox = options.sandbox ?? (await SandboxProcess.start([], sandboxEnv))
  let daemon: Daemon | undefined
  const end = async () => {
    await daemon?.remove()
    if (sandbox !== options.sandbox) await sandbox.stop()
  }
  try {
    const { control } = sandbox
    await addCustomers(control, customers)
    await prepare?.(control)
    const trust = media === true ? { NODE_EXTRA_CA_CERTS: (await control.info()).caFile } : undefined
    // A test may change its environment between two starts.
    const env = trust === undefined ? rest.env : Object.assign(rest.env ?? {}, trust)
    daemon = await Daemon.create({ ...rest, sandbox, ...(env === undefined ? {} : { env }) })
    await daemon.start()
    if (account !== null) await daemon.link(control, account)
    return { sandbox, daemon, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

/** Starts the scene that all tests of a file play in, and ends it after the last of them. */
export async function sharedScene(options?: SceneOptions): Promise<Scene> {
  const scene = await startScene(options)
  afterAll(() => scene[Symbol.asyncDispose]())
  return scene
}

/** Starts the sandbox of a file whose tests have daemons of their own, and ends it after the last of them. */
export async function sharedSandbox(customers: Customers = []): Promise<SandboxProcess> {
  const sandbox = await SandboxProcess.start()
  afterAll(() => sandbox.stop())
  await addCustomers(sandbox.control, customers)
  return sandbox
}

async function addCustomers(control: SandboxControl, customers: Customers): Promise<void> {
  const people = Array.isArray(customers)
    ? customers.map((number: string) => [number, `C${number.slice(-2)}`] as const)
    : Object.entries(customers as Record<string, string>)
  for (const [number, name] of people) await control.createCustomer(number, { name })
}

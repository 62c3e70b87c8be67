import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { loadConfig } from '../../config/load.ts'
import { SetupError } from '../../core/errors.ts'
import { phoneOf } from '../../core/jid.ts'
import { isSameNumber } from '../../core/phone/phone-spellings.ts'
import { readAddress } from '../../core/phone/phone-number.ts'
import { SandboxControl } from '../../sandbox/control/control-client.ts'
import { readControlAddress } from '../../sandbox/control/control-token.ts'
import type { ReceivedMessage } from '../../sandbox/people/message-log.ts'
import type { CliContext, ExitCode } from '../context.ts'
import { lineOf } from './sandbox-line.ts'
import { sayingOf } from './sandbox-kinds.ts'
import type { ContentFlags } from './sandbox-kinds.ts'
import { optionsOf } from '../start.ts'
import { print, printJson } from '../screen/output.ts'

/** Flags that say how to reach the sandbox. */
interface ControlFlags {
  control?: string
  config?: string
  data?: string
}

/** Flags of `sandbox say`. */
export interface SayFlags extends ControlFlags, ContentFlags {
  account?: string
}

/** Flags of `sandbox inbox`. */
export interface InboxFlags extends ControlFlags {
  json?: boolean
}

/** Sends a message to the linked account as a customer, created if missing, and prints its id. */
export async function sandboxSay(
  said: { customer: string; text: string | undefined },
  flags: SayFlags,
  context: CliContext,
): Promise<ExitCode> {
  const customer = readNumber(said.customer)
  const account = flags.account === undefined ? undefined : readNumber(flags.account)
  const say = sayingOf(flags.kind ?? 'text')
  const words = said.text ?? flags.caption ?? ''
  const url = findControl(flags, context)
  await reach(url, async (control) => {
    const to = account ?? (await onlyAccount(control))
    await control.createCustomer(customer)
    const id = await say({ control, customer, account: to, words, flags, cwd: context.cwd })
    print(context.stdout, `${customer} wrote to ${to}: message ${id}.\n`)
  })
  return 0
}

/** Flags of `sandbox people add`. */
export interface PersonFlags extends ControlFlags {
  name?: string
  absent?: boolean
}

/** Creates a customer with a name, or takes a number off WhatsApp. */
export async function sandboxAddPerson(
  customer: string,
  flags: PersonFlags,
  context: CliContext,
): Promise<ExitCode> {
  const number = readNumber(customer)
  const { name, absent = false } = flags
  if (absent && name !== undefined) throw new SetupError('--absent: an absent number takes no --name.')
  await reach(findControl(flags, context), async (control) => {
    if (absent) await control.markAbsent(number)
    else await control.createCustomer(number, name === undefined ? {} : { name })
  })
  print(context.stdout, absent ? `${number} is not on WhatsApp.\n` : `${number} is on WhatsApp.\n`)
  return 0
}

/** Prints the messages that a customer received, oldest first. */
export async function sandboxInbox(
  customer: string,
  flags: InboxFlags,
  context: CliContext,
): Promise<ExitCode> {
  const number = readNumber(customer)
  const messages = await reach(findControl(flags, context), (control) => readInbox(control, number))
  if (flags.json) printJson(context.stdout, messages)
  else print(context.stdout, renderInbox(number, messages))
  return 0
}

async function onlyAccount(control: SandboxControl): Promise<string> {
  const linked = (await control.phones()).filter((phone) => phone.devices.length > 0)
  const [first, ...more] = linked
  if (!first) throw new SetupError('No account is linked to this sandbox yet.')
  if (more.length > 0) {
    const numbers = linked.map((phone) => phone.number).join(', ')
    throw new SetupError(`Several accounts are linked (${numbers}): choose one with --account.`)
  }
  return first.number
}

async function readInbox(control: SandboxControl, number: string): Promise<ReceivedMessage[]> {
  const people = await control.customers()
  const person = people.find((each) => each.number === number || isSameNumber(each.number, number))
  if (!person) return []
  const all: ReceivedMessage[] = []
  let next = 0
  for (;;) {
    const page = await control.received(person.number, next, 500)
    if (page.messages.length === 0) return all
    all.push(...page.messages)
    next = page.next
  }
}

function renderInbox(number: string, messages: readonly ReceivedMessage[]): string {
  // Phones show a duplicate once.
  const shown = messages.filter((message) => !message.duplicate)
  if (shown.length === 0) return `${number} has received nothing yet.\n`
  return shown
    .map((message) => `${timeOf(message.timestamp)}  from ${message.from}: ${printed(lineOf(message))}\n`)
    .join('')
}

/** Indents further lines, so that one message cannot pass for several. */
const printed = (text: string) => text.replaceAll(/\r?\n/g, '\n    ')

function timeOf(timestamp: number): string {
  return new Date(timestamp).toTimeString().slice(0, 8)
}

function readNumber(text: string): string {
  const jid = readAddress(text)
  const number = jid === undefined ? null : phoneOf(jid)
  if (number === null) {
    throw new SetupError(
      `"${text}" is not a phone number: write it with country code, such as 5491155550001.`,
    )
  }
  return number
}

/** Runs a control call; explains the sandbox's refusals and its absence. */
async function reach<T>(url: string, act: (control: SandboxControl) => Promise<T>): Promise<T> {
  try {
    return await act(new SandboxControl(url))
  } catch (error) {
    if (error instanceof SetupError || !(error instanceof Error)) throw error
    const why = error.message === 'fetch failed' ? 'nobody answers there' : error.message
    // The token is for this program, not for its messages.
    const { base } = readControlAddress(url)
    throw new SetupError(`The sandbox at ${base} refused: ${why.replace(/\.$/, '')}.`, { cause: error })
  }
}

const Hints = z.looseObject({ controlUrl: z.url() })

/** Returns the given control address, or the one the running gateway wrote into its data folder. */
function findControl(flags: ControlFlags, { env, cwd }: CliContext): string {
  if (flags.control !== undefined) {
    if (!URL.canParse(flags.control)) throw new SetupError(`--control: "${flags.control}" is not an address`)
    return flags.control
  }
  const options = optionsOf(flags.data === undefined ? {} : { data: flags.data })
  const { config } = loadConfig({ path: flags.config, env, cwd, options })
  const path = resolve(cwd, config.data.dir, 'sandbox.json')
  try {
    return Hints.parse(JSON.parse(readFileSync(path, 'utf8'))).controlUrl
  } catch {
    throw new SetupError(
      `No sandbox found (looked for ${path}): start the gateway with --sandbox, or give --control.`,
    )
  }
}

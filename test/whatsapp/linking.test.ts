import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ConnectionReport, ConnectionState } from '../../src/features/accounts/connection.ts'
import type { PasskeyStage } from '../../src/features/accounts/passkey.ts'
import { noHistory } from '../../src/core/messages/history.ts'
import type { JournalRow, KeyChange, SessionVault } from '../../src/core/ports.ts'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { Phone } from '../../src/sandbox/people/phone.ts'
import { silenceConsole } from '../../src/whatsapp/connection/library-logger.ts'
import { WhatsAppLine } from '../../src/whatsapp/connection/line.ts'
import { passkeyTimes } from '../../src/whatsapp/connection/passkey.ts'
import type { PasskeyTimes } from '../../src/whatsapp/connection/passkey.ts'
import { trustRootKey } from '../../src/whatsapp/baileys-internals.ts'
import { until } from '../support/until.ts'
import { deaf } from './deaf.ts'

silenceConsole()

/** Credentials and keys in memory; nothing is received here. */
class MemoryVault implements SessionVault {
  private creds: string | undefined
  private readonly keys = new Map<string, string | Uint8Array>()

  loadCreds = () => Promise.resolve(this.creds)
  get = (type: string, ids: readonly string[]) => {
    const found = ids.map((id) => [id, this.keys.get(`${type} ${id}`)] as const)
    return Promise.resolve(
      new Map(found.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    )
  }
  erasures = () => 0
  commit = (changes: { creds?: string | undefined; keys?: readonly KeyChange[] }) => {
    this.creds = changes.creds ?? this.creds
    for (const { type, id, value } of changes.keys ?? []) {
      if (value === null) this.keys.delete(`${type} ${id}`)
      else this.keys.set(`${type} ${id}`, value)
    }
    return Promise.resolve()
  }
  clear = () => {
    this.creds = undefined
    this.keys.clear()
    return Promise.resolve()
  }
  retire = () => this.clear().then(() => false)
  findPlaintext = () => Promise.resolve(undefined)
  pending = (): Promise<JournalRow[]> => Promise.resolve([])
  countPending = () => Promise.resolve({ waiting: 0, setAside: 0 })
  retryCount = () => Promise.resolve(undefined)
  setRetryCount = () => Promise.resolve()
  release = () => Promise.resolve()
  setAside = () => Promise.resolve()
  history = () => ({
    add: () => Promise.resolve(),
    next: () => Promise.resolve(undefined),
    nextTime: () => Promise.resolve(undefined),
    done: () => Promise.resolve(),
    postpone: () => Promise.resolve(),
    giveUp: () => Promise.resolve(),
    summary: () => Promise.resolve(noHistory),
  })
}

let sandbox: Sandbox
let phone: Phone
let line: WhatsAppLine | undefined
let reports: ConnectionReport[]

beforeEach(async () => {
  sandbox = new Sandbox()
  await sandbox.start()
  trustRootKey(sandbox.rootKey)
  phone = sandbox.phone('34600000001')
  reports = []
})

afterEach(async () => {
  vi.restoreAllMocks()
  await line?.stop()
  await sandbox.stop()
})

function start(times: Partial<PasskeyTimes> = {}): WhatsAppLine {
  line = new WhatsAppLine({
    accountId: 1,
    url: sandbox.url,
    syncFullHistory: false,
    keptPosts: { statusPosts: false, channels: false },
    historyDays: null,
    vault: new MemoryVault(),
    ...deaf,
    log: pino({ level: 'silent' }),
    passkeyTimes: { ...passkeyTimes, ...times },
    changed: (report) => reports.push(report),
  })
  line.start()
  return line
}

const state = (): ConnectionState | undefined => line?.report().state

function stage<S extends PasskeyStage['step']>(step: S): Promise<Extract<PasskeyStage, { step: S }>> {
  return until(step, () => {
    const now = state()
    const passkey = now?.kind === 'pairing' ? now.passkey : undefined
    return passkey?.step === step ? (passkey as Extract<PasskeyStage, { step: S }>) : undefined
  })
}

const shownQr = () =>
  until('a code to scan', () => {
    const now = state()
    return now?.kind === 'pairing' && now.qr !== null ? now.qr : undefined
  })

async function scan(): Promise<void> {
  await phone.scan(await shownQr())
}

/** Scans, signs and hands in. */
async function sign(): Promise<void> {
  await scan()
  const { request } = await stage('assertion')
  const { authenticator } = phone.protection ?? noProtection()
  await line?.answerPasskey({ ...authenticator.assert(request), type: 'public-key' })
}

function noProtection(): never {
  throw new Error('the phone has no passkey')
}

/** The device's word for the code is on its way when this begins. */
const approve = (code: string) =>
  until('the phone takes the code', () =>
    phone.approve(code).then(
      () => true,
      () => false,
    ),
  )

const open = () => until('the line is open', () => state()?.kind === 'open')

const ended = (reason: string) =>
  until(`it ended with ${reason}`, () =>
    reports.some(({ state: then }) => 'reason' in then && then.reason === reason),
  )

test('after the proof has lost its worth, both sides show a code, and a person confirms it', async () => {
  phone.protect()
  start({ handoffMs: 0 })
  await sign()
  const { code } = await stage('confirmation')
  expect(code).toMatch(/^[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}$/)
  expect(phone.protection?.code).toBe(code.replace('-', ''))
  // The phone takes nothing that the device has not confirmed.
  await expect(phone.approve(code)).rejects.toThrow('not confirmed')
  await expect(line?.confirmPasskey('ZZZZ-ZZZZ')).rejects.toThrow('different code')
  await line?.confirmPasskey(code.toLowerCase())
  expect((await stage('finishing')).code).toBe(code)
  await expect(phone.approve('ZZZZZZZZ')).rejects.toThrow('another code')
  await approve(code)
  await open()
})

test('a phone that does not trust the proof shows the code that this side shows, too', async () => {
  phone.protect({ trustsHandoff: false })
  start()
  await sign()
  const { code } = await stage('finishing')
  await approve(code)
  await open()
})

test('the proof is made with the secret of the scanned code, and the link with another', async () => {
  phone.protect()
  start()
  const qr = await shownQr()
  const foreign = qr.split(',').with(3, Buffer.alloc(32, 7).toString('base64')).join(',')
  await phone.scan(foreign)
  const { request } = await stage('assertion')
  const assertion = phone.protection?.authenticator.assert(request)
  const answer = line?.answerPasskey({ ...(assertion ?? noProtection()), type: 'public-key' })
  await expect(answer).rejects.toThrow('refused the assertion')
  expect(phone.protection?.problem).toBe('the hand-off proof is wrong')
})

test('a request that nobody signs runs out, and new codes to scan follow', async () => {
  phone.protect()
  start({ assertionMs: 30 })
  await scan()
  await ended('passkey_expired')
  await shownQr()
})

test('a code that nobody confirms runs out', async () => {
  phone.protect()
  start({ handoffMs: 0, stepMs: 200 })
  await sign()
  await ended('passkey_expired')
  expect(phone.devices()).toEqual([])
})

test('a pairing code that is asked for late comes with a new connection, and its whole time', async () => {
  const { number } = phone
  const asked = start()
  const first = await shownQr()
  const early = await asked.requestPairingCode(number)
  const clock = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => clock() + 100_000)
  const { code, until: end } = await asked.requestPairingCode(number)
  expect(end.getTime() - Date.now()).toBeGreaterThan(120_000)
  expect(await shownQr()).not.toBe(first)
  await expect(phone.enterPairingCode(early.code)).rejects.toThrow('The code is wrong')
  await phone.enterPairingCode(code)
  await open()
})

test('the later of two requests for a pairing code at once counts', async () => {
  const asked = start()
  await shownQr()
  const { number } = phone
  const [first, second] = await Promise.all([
    asked.requestPairingCode(number),
    asked.requestPairingCode(number),
  ])
  expect(first.code).not.toBe(second.code)
  expect(state()).toMatchObject({ kind: 'pairing', pairingCode: second.code })
  await phone.enterPairingCode(second.code)
  await open()
})

test('an account without a passkey links as before', async () => {
  start()
  await scan()
  await open()
  expect(reports.some(({ state: then }) => then.kind === 'pairing' && then.passkey)).toBe(false)
})

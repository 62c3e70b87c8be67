import { describe, expect, it } from 'vitest'
import { PlainTerminal } from '../../src/cli/screen/terminal.ts'
import type { ConnectionState } from '../../src/features/accounts/connection.ts'
import type { PasskeyStage } from '../../src/features/accounts/passkey.ts'
import type { ListeningInfo } from '../../src/daemon/terminal.ts'

const now = new Date('2026-05-04T10:00:00Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const shop = { id: 1, name: 'main', phone: null }

function makeTerminal({ color = false, inSandbox = false, byCode = false } = {}) {
  const canvas = { rows: 24, columns: 80, color }
  const written: string[] = []
  const screen = { write: (text: string) => void written.push(text), canvas: () => canvas }
  const clock = { now: () => now }
  const terminal = new PlainTerminal({ screen, command: 'zaguan', inSandbox, byCode, clock })
  return { terminal, written, text: () => written.join('') }
}

const info: ListeningInfo = {
  url: 'http://127.0.0.1:3000',
  dataDir: '/srv/data',
  version: '1.2.3',
  bootstrapKey: null,
  sandbox: null,
}

/** One example of each state with its sentence; a new state without one does not compile. */
const samples = {
  starting: { state: { kind: 'starting' }, shows: '' },
  connecting: { state: { kind: 'connecting', attempt: 1 }, shows: 'Words.\n' },
  pairing: {
    state: { kind: 'pairing', qr: 'https://wa.me/x', until: later(20_000), pairingCode: null },
    shows: 'Scan within 20 s: WhatsApp > Linked devices > Link a device\n',
  },
  open: { state: { kind: 'open', since: now }, shows: 'Words.\n' },
  waiting: {
    state: { kind: 'waiting', attempt: 1, until: later(1000), reason: 'connection_lost' },
    shows: 'Words. The next try is in 1 s; it keeps trying.\n',
  },
  closed: { state: { kind: 'closed', reason: 'logged_out', since: now }, shows: 'Words.\n' },
} satisfies Record<ConnectionState['kind'], { state: ConnectionState; shows: string }>

describe('the state of a connection', () => {
  it.each(Object.entries(samples))('is said in plain words when it is %s', (_kind, { state, shows }) => {
    const { terminal, text } = makeTerminal()
    terminal.connection(shop, { state, say: 'Words.' })
    expect(text().slice(-shows.length || text().length)).toBe(shows)
  })

  it('names the linked number the way people write it', () => {
    const { terminal, text } = makeTerminal()
    terminal.connection(
      { ...shop, phone: '5491112345678' },
      { ...samples.open, say: 'Connected to WhatsApp.' },
    )
    expect(text()).toBe('Connected to WhatsApp. Linked as +54 9 11 1234 5678.\n')
  })

  it('is said once, however often it is reported', () => {
    const { terminal, written } = makeTerminal()
    for (let i = 0; i < 3; i++) terminal.connection(shop, { ...samples.open, say: 'Connected.' })
    expect(written).toHaveLength(1)
  })

  it('takes one line while WhatsApp cannot be reached, however long that takes', () => {
    const { terminal, text } = makeTerminal()
    const say = 'WhatsApp cannot be reached.'
    for (let attempt = 1; attempt < 5; attempt++) {
      terminal.connection(shop, { state: { kind: 'connecting', attempt }, say: 'Connecting.' })
      const until = later(attempt * 1000)
      terminal.connection(shop, { state: { kind: 'waiting', attempt, until, reason: 'unreachable' }, say })
    }
    expect(text()).toBe('Connecting.\nWhatsApp cannot be reached. The next try is in 1 s; it keeps trying.\n')
  })

  it('names the time of a distant next try, and none where a code comes next', () => {
    const { terminal, written } = makeTerminal()
    const until = later(30 * 60_000)
    const clock = `${String(until.getHours()).padStart(2, '0')}:${String(until.getMinutes()).padStart(2, '0')}`
    terminal.connection(shop, {
      state: { kind: 'waiting', attempt: 1, until, reason: 'replaced' },
      say: 'Replaced.',
    })
    terminal.connection(shop, {
      state: { kind: 'waiting', attempt: 1, until, reason: 'logged_out' },
      say: 'Removed.',
    })
    expect(written).toEqual([`Replaced. The next try is at ${clock}; it keeps trying.\n`, 'Removed.\n'])
  })

  it('is said again when the reason changes, and after it was connected', () => {
    const { terminal, written } = makeTerminal()
    const wait = (reason: 'unreachable' | 'timed_out') =>
      terminal.connection(shop, {
        state: { kind: 'waiting', attempt: 1, until: now, reason },
        say: `${reason}.`,
      })
    wait('unreachable')
    wait('timed_out')
    terminal.connection(shop, { ...samples.open, say: 'Connected.' })
    wait('timed_out')
    expect(written.map((line) => line.split('.')[0])).toEqual([
      'unreachable',
      'timed_out',
      'Connected',
      'timed_out',
    ])
  })

  it('tells accounts apart', () => {
    const { terminal, text } = makeTerminal()
    terminal.connection(shop, { ...samples.open, say: 'Connected.' })
    terminal.connection({ id: 2, name: 'second', phone: null }, { ...samples.open, say: 'Connected.' })
    expect(text()).toBe('Connected.\nsecond: Connected.\n')
  })
})

describe('a passkey', () => {
  const options = { challenge: 'q2', rpId: 'whatsapp.com' }
  const request = { challenge: 'q2', rpId: 'whatsapp.com', options }
  const asked = (passkey: PasskeyStage) => ({
    state: { kind: 'pairing', qr: null, until: now, pairingCode: null, passkey } as const,
    say: 'Words.',
  })

  it('shows the request, and where the answer goes', () => {
    const { terminal, written, text } = makeTerminal()
    terminal.listening(info)
    terminal.connection(shop, asked({ step: 'assertion', until: now, request }))
    terminal.connection(shop, asked({ step: 'assertion', until: later(1000), request }))
    expect(written).toHaveLength(2)
    expect(text()).toContain(`Words.\n\nThe request:\n  ${JSON.stringify(options)}\n`)
    expect(text()).toContain('GET http://127.0.0.1:3000/v1/whatsapp/accounts/wha_1/passkey')
    const next = { ...request, challenge: 'q3' }
    terminal.connection(shop, asked({ step: 'assertion', until: now, request: next }))
    expect(written).toHaveLength(3)
  })

  it('shows the code to compare, and how to confirm it where that is due', () => {
    const { terminal, written } = makeTerminal()
    terminal.connection(shop, asked({ step: 'phone', until: now }))
    terminal.connection(shop, asked({ step: 'confirmation', until: now, code: 'ABCD-EFGH' }))
    terminal.connection(shop, asked({ step: 'finishing', until: now, code: 'ABCD-EFGH' }))
    expect(written.map((said) => said.includes('Code: ABCD-EFGH'))).toEqual([false, true, true])
    expect(written.map((said) => said.includes('/passkey/confirmation'))).toEqual([false, true, false])
  })
})

describe('a linking code', () => {
  const pairing = samples.pairing.state

  it('is drawn once, and again when there is a new one', () => {
    const { terminal, written } = makeTerminal()
    terminal.connection(shop, { state: pairing, say: 'Scan.' })
    terminal.connection(shop, { state: { ...pairing }, say: 'Scan.' })
    terminal.connection(shop, { state: { ...pairing, qr: 'https://wa.me/y' }, say: 'Scan.' })
    expect(written).toHaveLength(2)
  })

  it('comes with the code to type instead, in a line that fits 80 columns', () => {
    const { terminal, text } = makeTerminal()
    terminal.connection(shop, { state: { ...pairing, pairingCode: 'ABCD-1234' }, say: 'Scan.' })
    const last = text().trimEnd().split('\n').at(-1) ?? ''
    expect(last).toContain('or type ABCD-1234')
    expect(last.length).toBeLessThanOrEqual(80)
  })

  it('is replaced by the code to type where that was asked for, which stays while others come and go', () => {
    const { terminal, written, text } = makeTerminal({ byCode: true })
    terminal.connection(shop, { state: pairing, say: 'Scan.' })
    expect(written).toEqual([])
    for (const qr of ['https://wa.me/x', 'https://wa.me/y']) {
      terminal.connection(shop, { state: { ...pairing, qr, pairingCode: 'ABCD-1234' }, say: 'Scan.' })
    }
    expect(written).toHaveLength(1)
    expect(text()).toContain('Pairing code: ABCD-1234\n')
    expect(text()).toContain('Link with phone number instead')
  })

  it('carries its own colours on a terminal, and none in a pipe', () => {
    const onTerminal = makeTerminal({ color: true })
    onTerminal.terminal.connection(shop, { state: pairing, say: 'Scan.' })
    expect(onTerminal.text()).toContain('\u001B[')
    const inPipe = makeTerminal()
    inPipe.terminal.connection(shop, { state: pairing, say: 'Scan.' })
    expect(inPipe.text()).not.toContain('\u001B[')
  })

  it('is not drawn in the sandbox, whose phone scans by itself', () => {
    const { terminal, written } = makeTerminal({ inSandbox: true })
    terminal.connection(shop, { ...samples.connecting, say: 'Connecting.' })
    terminal.connection(shop, { state: pairing, say: 'Scan.' })
    terminal.connection(shop, { ...samples.connecting, say: 'Connecting.' })
    expect(written).toEqual(['Connecting.\n'])
  })
})

describe('the greeting', () => {
  it('says where the gateway answers and where its data is', () => {
    const { terminal, text } = makeTerminal()
    terminal.listening(info)
    expect(text()).toBe('\nZaguán 1.2.3 answers at http://127.0.0.1:3000 and keeps its data in /srv/data\n\n')
  })

  it('shows the key that was just made, alone on its line', () => {
    const { terminal, text } = makeTerminal()
    terminal.listening({ ...info, bootstrapKey: 'bsk_live_abc' })
    expect(text().split('\n')).toContain('  bsk_live_abc')
  })

  it('names the file that has the key, and reads it from there in the commands to copy', () => {
    const { terminal, text } = makeTerminal()
    const keyFile = '/srv/data/first-key.txt'
    terminal.listening({ ...info, keyFile, sandbox: { controlUrl: 'http://127.0.0.1:9' } })
    expect(text()).toContain('Your API key, with all rights, is in /srv/data/first-key.txt')
    expect(text()).toContain('Bearer $(cat /srv/data/first-key.txt)')
  })

  it('has commands to copy for the sandbox, with the real key and addresses', () => {
    const { terminal, text } = makeTerminal()
    terminal.listening({
      ...info,
      bootstrapKey: 'bsk_live_abc',
      sandbox: { controlUrl: 'http://127.0.0.1:9' },
    })
    expect(text()).toContain('zaguan sandbox say --control http://127.0.0.1:9 5491155550001 "')
    expect(text()).toContain('zaguan sandbox inbox --control http://127.0.0.1:9 5491155550001\n')
    expect(text()).toContain(
      'curl -H "Authorization: Bearer bsk_live_abc" http://127.0.0.1:3000/api/v1/chats\n',
    )
    expect(text()).toContain('http://127.0.0.1:3000/api/v1/send\n')
  })

  it('leaves the key to a variable where it cannot be shown any more', () => {
    const { terminal, text } = makeTerminal()
    terminal.listening({ ...info, sandbox: { controlUrl: 'http://127.0.0.1:9' } })
    expect(text()).toContain('Bearer $ZAGUAN_KEY')
  })
})

describe('the history of the phone', () => {
  it('is followed by tenths, and its end and each obstacle are said once', () => {
    const { terminal, written } = makeTerminal()
    const open = { state: { kind: 'open', since: now } as const, say: 'Words.' }
    const stands = (progress: number, waiting: number, why?: string, whole = false) => {
      const trouble = why === undefined ? null : { why, until: later(5000) }
      terminal.connection(shop, {
        ...open,
        history: { waiting, failed: 0, messages: progress * 10, progress, whole, trouble },
      })
    }
    terminal.connection(shop, open)
    for (const progress of [5, 7, 12]) stands(progress, 3)
    stands(12, 3, 'no answer')
    stands(12, 3, 'no answer')
    for (const progress of [12, 18, 45]) stands(progress, 2, undefined, true)
    stands(100, 0)
    stands(100, 0)
    expect(written).toEqual([
      'Words.\n',
      'History: 5 %, 50 messages so far.\n',
      'History: 12 %, 120 messages so far.\n',
      'Part of the history cannot be fetched yet (no answer); it is retried. 120 messages so far.\n',
      'Whole history: 12 %, 120 messages so far.\n',
      'Whole history: 45 %, 450 messages so far.\n',
      'History: 1000 messages stored.\n',
    ])
  })
})

describe('the code of an account that was made by the API', () => {
  it('is not drawn again and again: one line says where it is', () => {
    const { terminal, written, text } = makeTerminal()
    terminal.listening(info)
    const second = { id: 2, name: 'Taller', phone: null }
    for (const qr of ['a', 'b', 'c']) {
      terminal.connection(second, { state: { ...samples.pairing.state, qr }, say: 'Scan.' })
    }
    expect(written).toHaveLength(2)
    expect(text()).toContain('Taller: wha_2 needs linking')
    expect(text()).toContain('http://127.0.0.1:3000/v1/whatsapp/accounts/wha_2/qr-code')
  })

  it('comes in a small window with one hint that there are letters to type, and without it in a large one', () => {
    const { terminal, text } = makeTerminal()
    terminal.connection(shop, { state: samples.pairing.state, say: 'Scan.' })
    terminal.connection(shop, { state: { ...samples.pairing.state, qr: 'https://wa.me/y' }, say: 'Scan.' })
    expect(text().split('zaguan start --pair NUMBER').length).toBe(2)
  })
})

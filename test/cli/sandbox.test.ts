import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { runCli } from './run-cli.ts'

const account = '5491155550100'
let folder: string
let sandbox: Sandbox

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zaguan-sandbox-'))
  sandbox = new Sandbox({})
  await sandbox.start()
  sandbox.phone(account)
  mkdirSync(join(folder, 'data'))
  const { controlUrl } = sandbox
  writeFileSync(join(folder, 'data', 'sandbox.json'), JSON.stringify({ controlUrl, url: 'ws://x' }))
})
afterAll(async () => {
  await sandbox.stop()
  rmSync(folder, { recursive: true })
})

function zaguan(...argv: string[]) {
  return runCli(['sandbox', ...argv], { cwd: folder })
}

describe('zaguan sandbox say', () => {
  it('writes to the account as a customer, in any spelling of the number', async () => {
    const said = await zaguan('say', '+54 9 11 5555-0001', '¿Están abiertos?', '--account', account)
    expect(said).toMatchObject({ code: 0, stderr: '' })
    expect(said.stdout).toMatch(/^5491155550001 wrote to 5491155550100: message [\w-]+\.\n$/)
    const { messages } = sandbox.phone(account).inboxPage(0, 10)
    expect(messages.map(({ from, text }) => ({ from, text }))).toEqual([
      { from: '5491155550001', text: '¿Están abiertos?' },
    ])
  })

  it.each<[string, string[], object]>([
    [
      'a picture',
      ['--kind', 'image', '--file', 'a.jpg', '--caption', 'Mirá'],
      { imageMessage: { caption: 'Mirá' } },
    ],
    ['a voice note', ['--kind', 'voice', '--file', 'a.jpg'], { audioMessage: { ptt: true } }],
    [
      'a document',
      ['Los precios', '--kind', 'document', '--file', './a.jpg'],
      {
        documentWithCaptionMessage: {
          message: { documentMessage: { fileName: 'a.jpg', caption: 'Los precios' } },
        },
      },
    ],
    [
      'a place in the south-west',
      ['--kind', 'location', '--at', '-34.6,-58.4', '--name', 'Obelisco', '--address', 'Centro'],
      {
        locationMessage: {
          degreesLatitude: -34.6,
          degreesLongitude: -58.4,
          name: 'Obelisco',
          address: 'Centro',
        },
      },
    ],
    [
      'a contact',
      ['--kind', 'contact', '--name', 'Ana', '--phone', '+54 9 11 5555-0002'],
      {
        contactMessage: {
          displayName: 'Ana',
          vcard: expect.stringContaining('waid=5491155550002') as string,
        },
      },
    ],
    [
      'a poll',
      ['¿Cuándo?', '--kind', 'poll', '--option', 'Lunes', 'Martes'],
      {
        pollCreationMessageV3: {
          name: '¿Cuándo?',
          options: [{ optionName: 'Lunes' }, { optionName: 'Martes' }],
        },
      },
    ],
    [
      'a reaction',
      ['👍', '--kind', 'reaction', '--message', 'M1'],
      { reactionMessage: { text: '👍', key: { id: 'M1' } } },
    ],
    [
      'an answer',
      ['Sí', '--kind', 'reply', '--message', 'M1'],
      { extendedTextMessage: { text: 'Sí', contextInfo: { stanzaId: 'M1' } } },
    ],
    [
      'an edit',
      ['Otra cosa', '--kind', 'edit', '--message', 'M2'],
      { editedMessage: { message: { protocolMessage: { key: { id: 'M2' } } } } },
    ],
    ['a deletion', ['--kind', 'delete', '--message', 'M2'], { protocolMessage: { key: { id: 'M2' } } }],
    [
      'a timer',
      ['--kind', 'timer', '--seconds', '86400'],
      { protocolMessage: { ephemeralExpiration: 86_400 } },
    ],
    ['anything', ['--kind', 'raw', '--file', 'raw.json'], { eventMessage: { name: 'Asado' } }],
  ])('sends %s', async (_, words, expected) => {
    writeFileSync(join(folder, 'a.jpg'), 'a picture')
    writeFileSync(join(folder, 'raw.json'), JSON.stringify({ eventMessage: { name: 'Asado' } }))
    const said = await zaguan('say', '5491155550001', ...words, '--account', account)
    expect(said).toMatchObject({ code: 0, stderr: '' })
    const newest = sandbox.phone(account).inboxPage(0, 500).messages.at(-1)
    expect(newest?.message).toMatchObject(expected)
    expect(said.stdout).toContain(newest?.id)
  })

  it('edits what it said and answers to an event sealed, as phones do', async () => {
    const say = (...words: string[]) => zaguan('say', '5491155550001', ...words, '--account', account)
    const newest = () => sandbox.phone(account).inboxPage(0, 500).messages.at(-1)
    await say('hoal')
    const id = newest()?.id ?? ''
    await say('hola', '--kind', 'edit', '--message', id)
    const { secretEncryptedMessage } = newest()?.message ?? {}
    expect(secretEncryptedMessage).toMatchObject({ targetMessageKey: { id, fromMe: true }, secretEncType: 2 })
    await say('Asado', '--kind', 'event')
    const event = newest()
    expect(event?.message).toMatchObject({ eventMessage: { name: 'Asado' } })
    await say('going', '--kind', 'answer', '--guests', '2', '--message', event?.id ?? '')
    const { encEventResponseMessage } = newest()?.message ?? {}
    expect(encEventResponseMessage).toMatchObject({ eventCreationMessageKey: { id: event?.id } })
    const wrong = await say('perhaps', '--kind', 'answer', '--message', event?.id ?? '')
    expect(wrong).toMatchObject({ code: 1 })
    expect(wrong.stderr).toContain('Expected one of going, not_going, maybe, none')
  })

  it('votes and reacts to what was received last where no message is named', async () => {
    const options = [{ optionName: 'Lunes' }, { optionName: 'Martes' }]
    const secret = Buffer.alloc(32, 5)
    const poll = {
      pollCreationMessage: { name: '¿?', options },
      messageContextInfo: { messageSecret: secret },
    }
    const id = await sandbox.phone(account).send('5491155550001', poll)
    await expect.poll(() => sandbox.customer('5491155550001').receivedCount).toBe(1)
    const said = await zaguan(
      'say',
      '5491155550001',
      '--kind',
      'vote',
      '--option',
      'Lunes',
      '--account',
      account,
    )
    expect(said).toMatchObject({ code: 0, stderr: '' })
    const newest = sandbox.phone(account).inboxPage(0, 500).messages.at(-1)
    expect(newest?.message).toMatchObject({ pollUpdateMessage: { pollCreationMessageKey: { id } } })
  })

  it.each([
    [['--kind', 'song'], '--kind: expected one of text, image'],
    [['--kind', 'image'], 'needs --file'],
    [['--kind', 'location', '--at', 'here'], '--at: expected latitude and longitude'],
    [['--kind', 'reaction'], 'has received nothing yet'],
    [['--kind', 'edit'], 'needs --message'],
    [[], 'needs a text'],
    [['--kind', 'raw', '--file', 'nowhere.json'], 'cannot be read as JSON'],
  ])('says what is missing: %s', async (words, why) => {
    const said = await zaguan('say', '5491155550009', ...words, '--account', account)
    expect(said).toMatchObject({ code: 1, stdout: '' })
    expect(said.stderr).toContain(why)
  })

  it('says so when no account is linked', async () => {
    const said = await zaguan('say', '5491155550001', 'Hola')
    expect(said).toEqual({ code: 1, stdout: '', stderr: 'No account is linked to this sandbox yet.\n' })
  })

  it('passes on why the sandbox refuses', async () => {
    const { code, stderr } = await zaguan('say', '5491155550001', 'Hola', '--account', '5491155550999')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The sandbox at http:\S+ refused: .*5491155550999/)
  })

  it('refuses what is no phone number', async () => {
    const { code, stderr } = await zaguan('say', 'Juan', 'Hola')
    expect(code).toBe(1)
    expect(stderr).toContain('"Juan" is not a phone number')
  })
})

describe('zaguan sandbox inbox', () => {
  it('prints what the customer received, oldest first', async () => {
    const customer = sandbox.customer('5491155550002')
    await sandbox.phone(account).sendText(customer.number, 'Uno')
    await sandbox.phone(account).sendText(customer.number, 'Dos')
    await expect.poll(() => customer.receivedCount).toBe(2)
    const { code, stdout } = await zaguan('inbox', '5491155550002')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))).toEqual([
      `from ${account}: Uno`,
      `from ${account}: Dos`,
    ])
    const asJson = await zaguan('inbox', '5491155550002', '--json')
    expect(JSON.parse(asJson.stdout)).toMatchObject([{ text: 'Uno' }, { text: 'Dos' }])
  })

  it('tells what each message is that is more than words', async () => {
    const customer = sandbox.customer('5491155550012')
    const phone = sandbox.phone(account)
    const content = Buffer.alloc(12_000, 7)
    await phone.sendMedia(customer.number, { kind: 'image', content, caption: 'La torta' })
    await phone.sendMedia(customer.number, { kind: 'document', content, fileName: 'precios.pdf' })
    await phone.sendMedia(customer.number, { kind: 'document', content, fileName: 'a.pdf', caption: 'Toma' })
    for (const kind of ['video', 'audio', 'voice', 'sticker'] as const) {
      await phone.sendMedia(customer.number, { kind, content })
    }
    const options = [{ optionName: 'Lunes' }, { optionName: 'Martes' }]
    for (const message of [
      { locationMessage: { degreesLatitude: -34.6, degreesLongitude: -58.4, name: 'Obelisco' } },
      { contactMessage: { displayName: 'Ana', vcard: 'BEGIN:VCARD' } },
      { pollCreationMessageV3: { name: '¿Cuándo?', options } },
      { ephemeralMessage: { message: { eventMessage: { name: 'Asado' } } } },
      { reactionMessage: { text: '👍', key: { id: 'M1' } } },
      { protocolMessage: { type: 0, key: { id: 'M1' } } },
      { protocolMessage: { type: 14, key: { id: 'M1' }, editedMessage: { conversation: 'Mejor así' } } },
      { newsletterAdminInviteMessage: { newsletterJid: 'x@newsletter' } },
      { extendedTextMessage: { text: 'Solo palabras' } },
    ]) {
      await phone.send(customer.number, message)
    }
    await expect.poll(() => customer.receivedCount).toBe(16)
    const { stdout } = await zaguan('inbox', customer.number)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(line.indexOf(': ') + 2))
    expect(lines).toEqual([
      '[image] La torta',
      '[document] precios.pdf (12 KB)',
      '[document] a.pdf (12 KB) Toma',
      '[video]',
      '[audio]',
      '[voice]',
      '[sticker]',
      '[location] Obelisco (-34.6,-58.4)',
      '[contact] Ana',
      '[poll] ¿Cuándo? (Lunes, Martes)',
      '[event] Asado',
      '[reaction] 👍',
      '[deleted]',
      '[edit] Mejor así',
      '[newsletterAdminInvite]',
      'Solo palabras',
    ])
  })

  it('says so when there is nothing', async () => {
    expect(await zaguan('inbox', '5491155550003')).toMatchObject({
      code: 0,
      stdout: '5491155550003 has received nothing yet.\n',
    })
  })
})

describe('zaguan sandbox people', () => {
  it('marks a number as absent, and takes that back', async () => {
    const absent = await zaguan('people', 'add', '+54 9 11 5555-0077', '--absent')
    expect(absent).toEqual({ code: 0, stdout: '5491155550077 is not on WhatsApp.\n', stderr: '' })
    await expect(sandbox.phone(account).sendText('5491155550077', 'Hola')).rejects.toThrow('No customer')
    const back = await zaguan('people', 'add', '5491155550077', '--name', 'Ana')
    expect(back.stdout).toBe('5491155550077 is on WhatsApp.\n')
    expect(sandbox.customer('5491155550077').name).toBe('Ana')
  })

  it('refuses a name for an absent number', async () => {
    const { code, stderr } = await zaguan('people', 'add', '5491155550078', '--name', 'Ana', '--absent')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: '--absent: an absent number takes no --name.\n',
    })
  })
})

describe('zaguan sandbox', () => {
  it('says which port is taken and what to do', async () => {
    const port = new URL(sandbox.controlUrl).port
    expect(await zaguan('--port', port)).toEqual({
      code: 1,
      stdout: '',
      stderr: `--port: another program uses ${port}: choose another port, or 0 for any free one.\n`,
    })
  })
})

describe('the sandbox to talk to', () => {
  it('is the one that --control names, before the one of the running gateway', async () => {
    const { code, stderr } = await zaguan('inbox', '5491155550003', '--control', 'http://127.0.0.1:1')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The sandbox at http:\/\/127\.0\.0\.1:1 refused/)
  })

  it('is not steered by its address alone, and never prints its token', async () => {
    const [bare = '', token = ''] = sandbox.controlUrl.split('#')
    const refused = await zaguan('people', 'add', '5491155550079', '--control', bare)
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('including the part after #'),
    })
    const gone = await zaguan('inbox', '5491155550099', '--control', `http://127.0.0.1:1/#${token}`)
    expect(gone.stderr).toMatch(/^The sandbox at http:\/\/127\.0\.0\.1:1 refused/)
  })

  it('is looked for in the data folder of the configuration', async () => {
    const { code, stderr } = await zaguan('inbox', '5491155550003', '--data', './elsewhere')
    expect(code).toBe(1)
    expect(stderr).toContain(join(folder, 'elsewhere', 'sandbox.json'))
  })
})

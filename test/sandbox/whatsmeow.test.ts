import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()
const source = fileURLToPath(new URL('../clients/whatsmeow', import.meta.url))
/** Without Go, or without its modules, the test is skipped. The first build takes a minute or two. */
const hasModules = spawnSync('go', ['mod', 'download'], { cwd: source, timeout: 120_000 }).status === 0

interface Told {
  event: 'qr' | 'connected' | 'message' | 'sent' | 'undecryptable'
  code?: string
  chat?: string
  text?: string
}

/** A whatsmeow client as a process; it ends with the test. */
class Whatsmeow {
  readonly told: Told[] = []
  private readonly process: ChildProcessWithoutNullStreams

  constructor(url: string, rootKey: string) {
    const folder = mkdtempSync(join(tmpdir(), 'whatsmeow-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const program = join(folder, 'client')
    const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: source, encoding: 'utf8' })
    if (built.status !== 0) throw new Error(built.stderr)
    this.process = spawn(program, [new URL(url).host, rootKey])
    createInterface(this.process.stdout).on('line', (line) => this.told.push(JSON.parse(line) as Told))
    this.process.stderr.on('data', (text: Buffer) => process.stderr.write(text))
    onTestFinished(() => void this.process.kill('SIGKILL'))
  }

  find(event: Told['event'], text?: string): Told | undefined {
    return this.told.find((each) => each.event === event && (text === undefined || each.text === text))
  }

  send(chat: string, text: string): void {
    this.process.stdin.write(`${chat} ${text}\n`)
  }
}

test.skipIf(!hasModules)(
  'a client on whatsmeow and people of the sandbox read each other, alone and in a group',
  { timeout: 300_000 },
  async () => {
    const { sandbox, phone, maria } = world
    const client = new Whatsmeow(sandbox.url, sandbox.rootKey)
    await phone.scan((await until(() => client.find('qr'))).code ?? '')
    // The first answers of a busy machine take a while.
    await until(() => client.find('connected'), 60_000)
    const chat = `${maria.number}@s.whatsapp.net`
    for (let n = 0; n < 4; n++) {
      await maria.sendText(phone.number, `question ${n}`)
      await until(() => client.find('message', `question ${n}`))
      for (const part of ['a', 'b']) client.send(chat, `answer ${n}${part}`)
      await until(() => maria.received.some(({ text }) => text === `answer ${n}b`))
    }
    const group = sandbox.network.groups.create({ subject: 'Horno', creator: maria.number }, [
      phone.number,
      maria.number,
    ])
    for (let n = 0; n < 3; n++) {
      await maria.sendText(group.id, `to the group ${n}`)
      await until(() => client.find('message', `to the group ${n}`))
      client.send(group.id, `from the group ${n}`)
      await until(() => maria.received.some(({ text }) => text === `from the group ${n}`))
    }
    expect(client.told.filter(({ event }) => event === 'undecryptable')).toEqual([])
    expect(maria.received).toHaveLength(11)
    expect(maria.duplicateCount).toBe(0)
  },
)

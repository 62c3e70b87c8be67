import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import { Program, freePort, temporaryFolder } from '../support/processes.ts'
import { until } from '../support/until.ts'

const customer = '5491155550001'

const key = 'test-key-of-the-whole-daemon'
let folder: string
let program: Program
let url: string
let control: SandboxControl
let account: string

beforeAll(async () => {
  folder = await temporaryFolder()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  program = new Program(['start', '--sandbox'], {
    ZAGUAN_DATA__DIR: folder,
    ZAGUAN_SERVER__PORT: String(port),
    ZAGUAN_AUTH__BOOTSTRAP_KEY: key,
    ZAGUAN_BUSINESS__DESCRIPTION: 'Una panadería de barrio con pan de centeno.',
    ZAGUAN_BOT__NEW_CHATS: 'true',
    ZAGUAN_BOT__PATIENCE_SECONDS: '0.2',
    ZAGUAN_SEND__PACING: 'off',
  })
  const hints = await until('the sandbox is there', () =>
    readFile(join(folder, 'sandbox.json'), 'utf8').catch(() => undefined),
  )
  // Its token is for the owner of the data folder alone.
  expect((await stat(join(folder, 'sandbox.json'))).mode & 0o777).toBe(0o600)
  control = new SandboxControl((JSON.parse(hints) as { controlUrl: string }).controlUrl)
  account = await until(
    'the account is linked',
    async () => (await control.phones().catch(() => [])).find(({ devices }) => devices.length > 0)?.number,
  )
}, 60_000)
afterAll(async () => {
  await program.kill()
  await rm(folder, { recursive: true, force: true })
})

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  return (await fetch(url + path, { method, headers, ...sent })).json() as Promise<T>
}

test('zaguan start --sandbox alone gives a customer a whole conversation with the assistant, without a phone and without a model', async () => {
  await control.createCustomer(customer, { name: 'Ana' })
  const says = async (text: string, count: number): Promise<string> => {
    await control.sendAsCustomer(customer, account, text)
    await until(
      `"${text}" is answered`,
      async () => (await control.received(customer)).total >= count,
      30_000,
    )
    return (await control.received(customer)).messages.at(-1)?.text ?? ''
  }
  expect(await says('Hola', 1)).toContain('asistente de pruebas')
  expect(await says('¿Qué horario tienen?', 2)).toContain('Una panadería de barrio con pan de centeno.')
  expect(await says('Muchas gracias', 3)).toContain('Gracias a ti')
}, 90_000)

test('zaguan start --sandbox links every account that is added to a phone with its own number', async () => {
  const stranger = '5491112345678'
  await call('POST', '/api/v1/send', {
    to: stranger,
    message: 'a message to a number that becomes an account',
  })
  for (const number of ['5491144440001', stranger]) {
    const wanted = { phone_number: `+${number}`, name: `Agency ${number}` }
    const { id } = await call<{ id: string }>('POST', '/v1/whatsapp/accounts', wanted)
    const state = () => call<{ status: string; refused?: object }>('GET', `/v1/whatsapp/accounts/${id}`)
    await until('it is connected', async () => (await state()).status === 'connected', 30_000)
    expect((await state()).refused).toBeUndefined()
    expect(await control.phone(number)).toMatchObject({ name: `Agency ${number}`, devices: [{}] })
  }
}, 90_000)

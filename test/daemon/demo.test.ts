import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { SandboxControl } from '../../src/sandbox/control-client.ts'
import { Program, freePort, temporaryFolder } from '../support/processes.ts'
import { until } from '../support/until.ts'

const customer = '5491155550001'

test('with --sandbox alone a customer has a whole conversation with the assistant, without a phone and without a model', async () => {
  const folder = await temporaryFolder()
  const program = new Program(['start', '--sandbox'], {
    ZAGUAN_DATA__DIR: folder,
    ZAGUAN_SERVER__PORT: String(await freePort()),
    ZAGUAN_BUSINESS__DESCRIPTION: 'Una panadería de barrio con pan de centeno.',
    ZAGUAN_BOT__NEW_CHATS: 'true',
    ZAGUAN_BOT__PATIENCE_SECONDS: '0.2',
    ZAGUAN_SEND__PACING: 'off',
  })
  onTestFinished(async () => {
    await program.kill()
    await rm(folder, { recursive: true, force: true })
  })
  const hints = await until('the sandbox is there', () =>
    readFile(join(folder, 'sandbox.json'), 'utf8').catch(() => undefined),
  )
  const control = new SandboxControl((JSON.parse(hints) as { controlUrl: string }).controlUrl)
  const account = await until(
    'the account is linked',
    async () => (await control.phones().catch(() => [])).find(({ devices }) => devices.length > 0)?.number,
  )
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

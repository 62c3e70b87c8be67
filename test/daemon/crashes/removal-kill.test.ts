import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Program } from '../../support/processes.ts'
import { killPoints } from '../../support/kill-points.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const points = killPoints()
let run = 0

const { sandbox, daemon } = await sharedScene({ ...points.options })

interface Accounts {
  data: { id: string; status: string; qr_code_url: string }[]
  logging_out?: { id: string; say: string }[]
}

const accounts = async () => (await daemon.call<Accounts>('GET', '/v1/whatsapp/accounts')).body
const find = async (id: string) => (await accounts()).data.find((account) => account.id === id)

async function addAccount(number: string): Promise<string> {
  const wanted = { phone_number: `+${number}`, name: 'Branch' }
  const { body } = await daemon.call<{ id: string }>('POST', '/v1/whatsapp/accounts', wanted)
  await sandbox.control.createPhone(number, { name: 'Branch' })
  const qr = await until('a code to scan', async () => {
    const asked = await fetch(`${(await find(body.id))?.qr_code_url}&format=json`)
    return asked.ok && ((await asked.json()) as { qr: string }).qr
  })
  await sandbox.control.scan(number, qr)
  await until('it is connected', async () => (await find(body.id))?.status === 'connected')
  return body.id
}

function rowsOf(id: string): unknown[] {
  const kept = new Sqlite(join(daemon.dataDir, 'sessions.db'), { readonly: true })
  const rows = ['creds', 'signal_keys', 'log_outs'].map((table) =>
    kept
      .prepare(`select count(*) from ${table} where account_id = ?`)
      .pluck()
      .get(Number(id.slice(4))),
  )
  kept.close()
  return rows
}

const isCut = (point: string) => /wait for|late/.test(point)

test.each([
  'an account is removed, and its line is open',
  'WhatsApp has logged the device out, and its credentials are there',
  'its credentials wait for the log-out, and the removal is unfinished',
  'the device is logged out late, and nobody knows',
])(
  'a kill when %s leaves neither the account nor its linked device nor its credentials behind',
  async (point) => {
    const number = `3460099900${++run}`
    await daemon.stop()
    points.next = point
    await daemon.start()
    await daemon.connected()
    const id = await addAccount(number)
    if (isCut(point)) await sandbox.control.fault({ kind: 'ignore_queries', xmlns: 'md' })
    const removed = await daemon
      .call<{ say?: string }>('DELETE', `/v1/whatsapp/accounts/${id}`)
      .catch(() => undefined)
    if (point.includes('late')) expect(removed?.body.say).toContain('keeps trying for 14 days')
    expect((await daemon.program?.ended)?.signal).toBe('SIGKILL')
    points.next = undefined
    await daemon.start()
    expect(await find(id)).toBeUndefined()
    await until('no credentials are left', () => rowsOf(id).every((count) => count === 0), 30_000)
    expect((await sandbox.control.phone(number)).devices).toEqual([])
    expect((await accounts()).logging_out).toBeUndefined()
  },
  90_000,
)

test('the removal of a linked account leaves no error in the log', async () => {
  const id = await addAccount('34600999008')
  expect((await daemon.call('DELETE', `/v1/whatsapp/accounts/${id}`)).status).toBe(200)
  await until('the removal is in the list', async () => (await find(id)) === undefined)
  await daemon.stop()
  expect(daemon.program?.output).not.toMatch(/could not be (shown|logged out)|No such account|AppError/)
  await daemon.start()
})

test('an account that is removed while WhatsApp is out of reach is listed as logging out until it is logged out', async () => {
  const number = '34600999009'
  const id = await addAccount(number)
  await sandbox.control.fault({ kind: 'ignore_queries', xmlns: 'md', count: 2 })
  const { body } = await daemon.call<{ say?: string }>('DELETE', `/v1/whatsapp/accounts/${id}`)
  expect(body.say).toContain('Linked devices')
  expect((await daemon.call('GET', `/v1/whatsapp/accounts/${id}`)).status).toBe(404)
  const { data, logging_out } = await accounts()
  expect(data.map((account) => account.id)).not.toContain(id)
  expect(logging_out).toEqual([
    expect.objectContaining({ id, phone_number: `+${number}`, say: expect.stringContaining('14 days') }),
  ])
  const cli = new Program(['accounts', 'list', '--url', daemon.url, '--key', daemon.key])
  await cli.ended
  expect(cli.stdout).toMatch(
    new RegExp(`${id}  \\+${number}  removed  Branch\\n  The log-out has not reached WhatsApp`),
  )
  await daemon.stop()
  await daemon.start()
  await until('it is logged out', async () => (await accounts()).logging_out === undefined, 60_000)
  expect((await sandbox.control.phone(number)).devices).toEqual([])
}, 90_000)

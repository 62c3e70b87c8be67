import { execFileSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Daemon, SandboxProcess, account, temporaryFolder } from '../support/processes.ts'
import { until } from '../support/until.ts'

const juan = '5491112345678'

/** A small file system of its own, which only root may make. */
async function smallDisk(): Promise<string | undefined> {
  const folder = await temporaryFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    return undefined
  }
}

const disk = await smallDisk()
let sandbox: SandboxProcess
let daemon: Daemon

beforeAll(async () => {
  sandbox = await SandboxProcess.start()
  await sandbox.control.createCustomer(juan, { name: 'Juan' })
  daemon = await (await Daemon.create({ sandbox, ...(disk === undefined ? {} : { dataDir: disk }) })).start()
  await daemon.link(sandbox.control)
})

afterAll(async () => {
  await daemon.kill()
  await sandbox.stop()
  if (disk !== undefined) execFileSync('umount', ['-l', disk])
})

const stored = async () => (await daemon.chat(juan)).filter(({ direction }) => direction === 'incoming')

test.skipIf(disk === undefined)(
  'a full disk stops the intake before it lies, and room brings everything',
  async () => {
    const filler = join(daemon.dataDir, 'filler')
    await sandbox.control.sendAsCustomer(juan, account, 'before')
    await until('it is stored', async () => (await stored()).length === 1)

    const { bavail, bsize } = statfsSync(daemon.dataDir)
    // Whatever does not fit any more is as good: the disk is full.
    expect(() => writeFileSync(filler, Buffer.alloc((bavail + 1) * bsize))).toThrow('ENOSPC')
    const ids: string[] = []
    for (let n = 0; n < 30; n++)
      ids.push(await sandbox.control.sendAsCustomer(juan, account, `full ${n} ${'x'.repeat(3000)}`))
    const refused = await until('the API says why', async () => {
      const answer = await daemon.call<{ message: string }>('POST', '/api/v1/send', {
        to: juan,
        message: 'y'.repeat(4000),
      })
      return answer.status === 503 && answer.body
    })
    expect(refused.message).toMatch(/disk of the gateway/)
    await until(
      'the intake is stopped',
      async () => (await daemon.status()).connection.reason === 'storage_failed',
      30_000,
    )
    const { statuses } = await sandbox.control.statuses(juan, ids)
    const acknowledged = Object.values(statuses).filter((status) => status !== 'queued').length
    expect(acknowledged).toBeLessThan(30)

    rmSync(filler)
    await daemon.connected(60_000)
    await until('everything is stored', async () => (await stored()).length >= 31, 60_000)
    const texts = (await stored()).map(({ text }) => text)
    expect(texts.length).toBe(31)
    expect(new Set(texts).size).toBe(31)
  },
  180_000,
)

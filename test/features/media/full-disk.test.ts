import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { insertAccount, renameAccount } from '../../../src/features/accounts/queries/accounts.ts'
import { DiskSpace } from '../../../src/features/media/files/disk-space.ts'
import { MediaFiles } from '../../../src/features/media/files/media-files.ts'
import { SpareFile } from '../../../src/features/media/files/spare-file.ts'
import { Store } from '../../../src/db/store.ts'
import type { Trx } from '../../../src/db/tables.ts'
import { smallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'
import { at } from '../../db/folder.ts'
import { rowsOf } from '../../support/rows/tables.ts'

const disk = smallDisk(16)
afterAll(() => disk?.remove())

const dir = disk?.dir ?? ''
const filler = join(dir, 'filler')

function fill(): void {
  const { bavail, bsize } = statfsSync(dir)
  expect(() => writeFileSync(filler, Buffer.alloc((bavail + 1) * bsize))).toThrow('ENOSPC')
}

const rename = (name: string) => (trx: Trx) => renameAccount(trx, 1, name)
const nameNow = async ({ read }: Store) => (await rowsOf(read, 'accounts'))[0]?.name

test.skipIf(disk === undefined)(
  'on a full disk urgent writes work, again and again, and ordinary ones wait for room',
  async () => {
    const spare = new SpareFile(dir)
    const store = await Store.open(dir, spare)
    onTestFinished(() => store.close())
    await store.write((trx) => insertAccount(trx, { network: 'whatsapp', name: 'Test', at: at(0) }))
    await spare.keep()
    fill()
    // As many pages as no write-ahead log has room for by chance.
    const much = (trx: Trx) => renameAccount(trx, 1, 'x'.repeat(200_000))
    await expect(store.write(much)).rejects.toMatchObject({ code: 'unavailable' })
    expect(existsSync(join(dir, 'spare-room'))).toBe(true)

    await store.writeUrgently(much)
    expect(await nameNow(store)).toHaveLength(200_000)
    await expect(store.write(rename('ordinary'))).rejects.toMatchObject({ code: 'unavailable' })
    for (let n = 0; n < 20; n++) await store.writeUrgently(rename(`urgent ${n}`))
    // An urgent write inside an ordinary one, as with an idempotency key, waits like it.
    await expect(store.write(rename('ordinary'))).rejects.toMatchObject({ code: 'unavailable' })
    expect(await nameNow(store)).toBe('urgent 19')

    rmSync(filler)
    await until('ordinary writes work', () =>
      store.write(rename('ordinary')).then(
        () => true,
        () => false,
      ),
    )
    expect(existsSync(join(dir, 'spare-room'))).toBe(true)
  },
)

test.skipIf(disk === undefined)(
  'an ordinary write with an urgent one in it gets the spare room',
  async () => {
    const spare = new SpareFile(dir)
    const store = await Store.open(dir, spare)
    onTestFinished(() => store.close())
    await spare.keep()
    fill()
    await store.write(async (trx) => {
      await renameAccount(trx, 1, 'y'.repeat(200_000))
      await store.writeUrgently(rename('inner'))
    })
    expect(await nameNow(store)).toBe('inner')
    rmSync(filler)
  },
)

test.skipIf(disk === undefined)(
  'files stop before the reserve, side by side as well, and say why',
  async () => {
    const files = new MediaFiles(dir, new DiskSpace(dir, 4))
    await files.open()
    const source = () => Readable.from(Array.from({ length: 32 }, () => Buffer.alloc(256 * 1024, 1)))
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => files.receive(source(), 1e9)))
    const { bavail, bsize } = statfsSync(dir)
    expect(bavail * bsize).toBeGreaterThanOrEqual(4 * 1024 * 1024)
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    for (const { reason } of refused) expect(reason).toMatchObject({ reason: 'no_room' })
    fill()
    const unreserved = new MediaFiles(dir, new DiskSpace(dir, 0))
    await expect(unreserved.receive(source(), 1e9)).rejects.toMatchObject({ reason: 'no_room' })
    rmSync(filler)
  },
)

import type { TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'
import { countRows, rowsOf } from '../support/rows/tables.ts'

/** Tables about the call rather than its effects, and tables derived from others. */
const leftOut = /^(?:api_keys|key_usage|idempotency|sqlite_|kysely_)|_search/

/**
 * All that a gateway holds once it has come to rest: the rows of every table, events among them, and what went out. Ids that
 * are drawn by chance are left out.
 */
export async function tracesOf(app: TestApp): Promise<Record<string, string[]>> {
  const db = app.store.read
  await until('everything is out', async () => (await countRows(db, 'outbox')) === 0)
  const traces: Record<string, string[]> = { sent: app.line.sent.map(withoutChance) }
  for (const { name } of await db.introspection.getTables()) {
    if (leftOut.test(name)) continue
    const rows = await rowsOf(db, name as 'messages')
    // Tables that have WhatsApp's ids as their key are in random order.
    traces[name] = rows.map(withoutChance).toSorted()
  }
  return traces
}

/**
 * A row as text: ids of WhatsApp's kind, of events, and secrets are another each time, and the owner's row is made with the
 * database, by the machine's clock.
 */
function withoutChance(row: object): string {
  return JSON.stringify(row)
    .replaceAll(/3EB0[0-9A-F]{18}/g, 'wa-id')
    .replaceAll(/evt_[0-9A-Z]{26}/g, 'evt')
    .replaceAll(/("role":"owner","created_at":)\d+/g, '$1')
    .replaceAll(/("(?:secret|signing|secrets)[\w]*\\?":\\?")[A-Za-z0-9+/=:_.-]+/g, '$1')
}

import { createServer } from 'node:http'
import Sqlite from 'better-sqlite3'
import { call, whenDone } from './lib.mjs'

export const hooks = '/api-management/webhooks'
/** The receivers of a bench are on this machine. */
export const env = { ZAGUAN_WEBHOOKS__ALLOW_PRIVATE: '127.0.0.1' }

/** A receiver that answers at once and calls `onBody` with each body and the moment at which its handler began. */
export async function startReceiver(onBody, port = 0) {
  const server = createServer((req, res) => {
    const at = performance.timeOrigin + performance.now()
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      res.end('{"ok":true}')
      onBody(Buffer.concat(chunks), at, req.headers)
    })
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  whenDone(() => (server.listening ? stop() : undefined))
  return { url: `http://127.0.0.1:${server.address().port}/hook`, port: server.address().port, stop }
}

export async function createHook(base, url, events = ['message.received']) {
  const body = { name: 'bench', url, events }
  return (await call(base, hooks, { method: 'POST', body })).body
}

export const toggle = (base, id, isActive) =>
  call(base, `${hooks}/${id}/toggle`, { method: 'POST', body: { isActive } })

/**
 * Puts deliveries in line for an endpoint of a stopped daemon, each with a body and a number of its own, in twenty chats, as
 * if the events had been dispatched. The endpoint is left switched off.
 */
export function putInLine(folder, endpointId, count) {
  const db = new Sqlite(`${folder}/zaguan.db`)
  const { body } = db.prepare('select body from webhook_payloads order by seq desc limit 1').get()
  const { event_seq: newest } = db.prepare('select event_seq from accounts where id = 1').get()
  const insertBody = db.prepare(
    "insert into webhook_payloads (account_id, seq, format, body, created_at) values (1, ?, 'botssy', ?, ?)",
  )
  const insert = db.prepare(
    `insert into webhook_deliveries (endpoint_id, account_id, seq, format, event_id, event_name, chat_id, state, trigger, created_at)
     values (?, 1, ?, 'botssy', ?, 'message.received', ?, 'pending', 'event', ?)`,
  )
  const last = newest + count
  for (let from = newest + 1; from <= last; from += 50_000) {
    db.transaction(() => {
      for (let seq = from; seq <= Math.min(from + 49_999, last); seq++) {
        insertBody.run(seq, body, Date.now())
        insert.run(
          endpointId,
          seq,
          `evt_B${String(seq).padStart(25, '0')}`,
          1_000_000 + (seq % 20),
          Date.now(),
        )
      }
    })()
  }
  db.transaction(() => {
    db.prepare('update accounts set event_seq = ? where id = 1').run(last)
    db.prepare('update webhook_cursors set seq = ? where account_id = 1').run(last)
    db.prepare(
      'update webhook_endpoints set pending_count = pending_count + ?, is_active = 0, until_seq = ? where id = ?',
    ).run(count, newest, endpointId)
  })()
  db.close()
}

// Preloaded into a daemon: it kills itself, as nothing else could, at the named point of its flows.
const dist = new URL('../../dist/', import.meta.url)
const load = (path) => import(new URL(path, dist).href)
const die = () => process.kill(process.pid, 'SIGKILL')

/** Calls `before` and `after` around a method of every instance. */
function around({ prototype }, name, { before = () => undefined, after = () => undefined }) {
  const original = prototype[name]
  prototype[name] = function (...given) {
    before(...given)
    const result = original.apply(this, given)
    if (!(result instanceof Promise)) {
      after(result, ...given)
      return result
    }
    return result.then((value) => {
      after(value, ...given)
      return value
    })
  }
}

const inbox = await load('features/messages/inbox.js')
const line = await load('whatsapp/connection/line.js')
const onVault = (name, after) =>
  load('db/sessions/session-store.js').then(({ SessionStore }) =>
    around(SessionStore, 'vault', {
      after: (vault) => {
        const original = vault[name].bind(vault)
        vault[name] = async (...given) => {
          await original(...given)
          after(...given)
        }
      },
    }),
  )

const points = {
  'a stanza has come': async () =>
    around((await load('whatsapp/signal/signal-repository.js')).SignalSessions, 'noteStanza', {
      before: die,
    }),
  'it is in the journal, without a receipt': () =>
    onVault('commit', ({ journal }) => journal?.length && die()),
  'it is a message, and still in the journal': () =>
    around(inbox.Inbox, 'messages', { after: (_result, _id, batch) => batch.length > 0 && die() }),
  'it has left the journal': () => onVault('release', (ids) => ids.length > 0 && die()),
  'a message is queued, and nobody knows': async () =>
    around((await load('features/sending/submissions.js')).Submissions, 'submit', { after: die }),
  'it is about to go out': () => around(line.WhatsAppLine, 'send', { before: die }),
  'it is out, and its ack has come': async () =>
    around((await load('whatsapp/connection/acks.js')).Acks, 'receive', { before: die }),
  'its ack is known, and not stored': () => around(line.WhatsAppLine, 'send', { after: die }),
  'it is stored as sent': async () =>
    around((await load('features/sending/queue/in-flight-sends.js')).InFlightSends, 'end', { before: die }),
  'an account is removed, and its line is open': async () =>
    around((await load('whatsapp/whatsapp.js')).WhatsApp, 'close', { before: die }),
  'WhatsApp has logged the device out, and its credentials are there': async () =>
    around((await load('whatsapp/connection/session.js')).Session, 'logOut', { after: die }),
  'its credentials wait for the log-out, and the removal is unfinished': () => onVault('retire', die),
  'the device is logged out late, and nobody knows': () =>
    load('db/sessions/stored-log-outs.js').then(({ StoredLogOuts }) =>
      around(StoredLogOuts, 'forget', { before: die }),
    ),
  'its receipt is stored, and WhatsApp does not know': () => around(inbox.Inbox, 'receipts', { after: die }),
}

await points[process.env.KILL_POINT]?.()

// Attacks through names in the owner's terminal, and by other programs and web pages on the machine.
import { once } from 'node:events'
import { main, run } from '../lib.mjs'
import { filled, key } from './arena.mjs'

const hostile = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egnp\u2066\u0000\rgone\nkey   full'
/** Everything but line breaks that moves a cursor, colours, or turns the direction of writing. */
// oxlint-disable-next-line no-control-regex -- it looks for control characters
const forbidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
const commandMs = 20_000

/** Runs a command of the program and returns what it printed. */
async function printed(args) {
  const child = run([main, ...args], { ZAGUAN_KEY: key })
  await once(child, 'close', { signal: AbortSignal.timeout(commandMs) })
  return child.output
}

const terminal = {
  name: 'lists at the terminal while templates, accounts, webhooks and waiting texts have hostile names',
  async act(arena) {
    const make = (path, body) => arena.ask(path, { method: 'POST', body })
    await make('/api/v1/templates', { name: 'hostile', texts: { es: `hola ${hostile}` } })
    await make('/api-management/webhooks', { name: hostile, url: 'https://93.184.215.14/', events: ['*'] })
    await make('/api-management/keys', { name: hostile, scopes: ['read:bots'], accountId: 1 })
    await make('/v1/whatsapp/accounts', { phone_number: '+34600999777', name: hostile })
    const phone = await arena.customer(`Ana${hostile}`)
    await make('/api/v1/send', {
      to: phone,
      message: hostile,
      sendAt: new Date(Date.now() + 3_600_000).toISOString(),
    })
    const at = ['--url', arena.base]
    for (const args of [
      ['status', ...at],
      ['outbox', ...at],
      ['templates', 'list', ...at],
      ['accounts', 'list', ...at],
      ['keys', 'list', '--data', arena.folder],
    ]) {
      const text = await printed(args)
      arena.holds(text !== '', `${args[0]} prints something (${text.slice(0, 200)})`)
      arena.holds(!forbidden.test(text), `${args[0]} prints no control characters`)
    }
  },
}

const rebound = {
  name: 'a page of another site whose name was rebound to this machine',
  async act(arena) {
    const { port } = new URL(arena.base)
    const hosts = [
      'attacker.example',
      `attacker.example:${port}`,
      '127.0.0.1.attacker.example',
      `localhost.attacker.example:${port}`,
      `attacker.example@127.0.0.1:${port}`,
      'xn--lcalhost-54a.example',
      `[::1].attacker.example:${port}`,
    ]
    const paths = [
      '/api',
      '/api/v1/status',
      '/api/v1/chats',
      '/openapi.json',
      '/readyz',
      '/v1/whatsapp/accounts',
    ]
    for (const host of hosts)
      for (const path of paths)
        for (const asked of [
          { key: null, headers: { host } },
          { key: null, headers: { host, origin: `http://${host}` } },
          { headers: { host } },
        ]) {
          const { status, text } = await arena.ask(path, asked)
          arena.holds(status >= 400 && status < 500, `${host} is refused at ${path} (it was ${status})`)
          arena.holds(!text.includes('attacker.example'), `no link to ${host} at ${path}`)
        }
    const headers = {
      origin: 'https://attacker.example',
      'x-forwarded-host': 'attacker.example',
      'x-forwarded-for': '127.0.0.1',
      forwarded: 'for=127.0.0.1;host=attacker.example',
    }
    const { status, text } = await arena.ask('/api/v1/status', { key: null, headers })
    arena.holds(status === 401, `a foreign page without a key is refused (it was ${status})`)
    arena.holds(!text.includes('attacker.example'), 'forwarded names of strangers are not believed')
  },
}

const spellings = {
  name: 'numbers of 65,536 characters, in other digits, and with all that phones print between them',
  async act(arena) {
    const odd = [
      filled('5'),
      filled('+'),
      filled('(0)'),
      filled('5491155520001 '),
      filled('\u0665'),
      filled('９'),
      filled('１２３-'),
      `+${filled(' ', 60_000)}5491155520001`,
      `tel:+${filled('549.', 60_000)};ext=1`,
      `${filled('5', 60_000)}@s.whatsapp.net`,
      `5491155520001:${filled('1', 60_000)}@s.whatsapp.net`,
      `${filled('1-', 60_000)}@g.us`,
      `5491155520001\u0000@lid`,
      '\u202e1000255511945',
    ]
    for (const to of odd) {
      const { status, ms } = await arena.ask('/api/v1/send', { method: 'POST', body: { to, message: 'x' } })
      arena.holds(status === 400, `${JSON.stringify(to.slice(0, 20))}… is refused (it was ${status})`)
      arena.holds(
        ms < 1000,
        `${JSON.stringify(to.slice(0, 20))}… takes no time (it took ${Math.round(ms)} ms)`,
      )
    }
    const { status } = await arena.ask(`/api/v1/chats/${encodeURIComponent(filled('5', 4000))}/messages`)
    arena.holds(status >= 400 && status < 500, `as part of an address, too (it was ${status})`)
    const search = await arena.ask(
      `/api/v1/customers?search=${filled('+54 (9) ', 4000).replaceAll(' ', '%20').replaceAll('+', '%2B')}`,
    )
    arena.holds(search.status < 500, `and in a search (it was ${search.status})`)
  },
}

export const listIdeas = [terminal, rebound, spellings]

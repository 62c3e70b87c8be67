// Receivers of webhooks that mean harm, and addresses that are not to be reached.
import { drip, pour, account } from './arena.mjs'

const hooks = '/api-management/webhooks'

async function createHook(arena, url) {
  const body = { name: 'hostile', url, events: ['message.received'] }
  const { text } = await arena.ask(hooks, { method: 'POST', body })
  return JSON.parse(text).id
}

const receivers = {
  'answers without end': (req, res) => void pour(res.writeHead(200), Buffer.alloc(65_536, 'a')),
  drips: (req, res) => drip(res.writeHead(200), 500),
  'says nothing at all': () => undefined,
  'sends headers without end': (req) => {
    req.socket.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => req.socket.write(`X: ${'a'.repeat(8000)}\r\n`), 5)
    req.socket.on('close', () => clearInterval(timer))
  },
  'packs 1 GB of zeros': (req, res) => {
    res.writeHead(200, { 'content-encoding': 'gzip' })
    void pour(res, Buffer.alloc(65_536), 2 ** 26)
  },
}

const hostileReceivers = {
  name: `webhook receivers that ${Object.keys(receivers).join(', ')}`,
  async act(arena) {
    const ids = []
    let hits = 0
    for (const answer of Object.values(receivers)) {
      const url = await arena.serve((req, res) => {
        hits += 1
        req.resume()
        answer(req, res)
      })
      ids.push(await createHook(arena, `${url}/hook`))
    }
    let good = ''
    const url = await arena.serve((req, res) => {
      req.on('data', (piece) => (good += piece)).on('end', () => res.end('{}'))
    })
    ids.push(await createHook(arena, url))
    const phone = await arena.customer()
    for (let n = 0; n < 5; n++) await arena.control.sendAsCustomer(phone, account, `event ${n}`)
    await arena.comes('each was asked', () => hits >= Object.keys(receivers).length)
    await arena.comes('a good receiver gets everything', () => good.includes('event 4'))
    for (const id of ids) await arena.ask(`${hooks}/${id}`, { method: 'DELETE' })
  },
}

/** Spellings of this machine and of networks that nobody outside may reach; none of them is allowed by the configuration. */
const privateUrls = [
  'http://127.0.0.2/',
  'http://127.1.1.1/',
  'http://2130706434/',
  'http://0x7f000002/',
  'http://0177.0.0.2/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.2]/',
  'http://[::ffff:7f00:2]/',
  'http://[64:ff9b::7f00:2]/',
  'http://[2002:7f00:2::]/',
  'http://[fe80::1%25lo]/',
  'http://[fd00::1]/',
  'http://[ff02::1]/',
  'http://0.0.0.0/',
  'http://10.0.0.1/',
  'http://100.64.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://168.63.129.16/',
  'http://192.0.0.192/',
  'http://①②⑦.⓪.⓪.②/',
  'http://127。0。0。2/',
  'http://user:pw@127.0.0.2/',
  'http://example.com@127.0.0.2/',
  'http:\\\\127.0.0.2\\',
  'http://127.0.0.2#@example.com/',
  'ftp://127.0.0.2/',
  'file:///etc/passwd',
  'gopher://127.0.0.2:22/',
  'unix:/var/run/docker.sock',
  'javascript:alert(1)',
  'data:text/plain,a',
]

const addresses = {
  name: `webhooks and files at ${privateUrls.length} spellings of private addresses`,
  async act(arena) {
    const phone = await arena.customer()
    const before = (await arena.control.received(phone)).total
    for (const url of privateUrls) {
      const body = { name: 'private', url, events: ['*'] }
      const hook = await arena.ask(hooks, { method: 'POST', body })
      arena.holds(hook.status === 400, `no webhook to ${url} (it was ${hook.status})`)
      const sent = await arena.ask('/api/v1/send', { method: 'POST', body: { to: phone, media: { url } } })
      arena.holds(sent.status < 500, `a file at ${url} is answered (it was ${sent.status})`)
    }
    await arena.comes('nothing waits', async () => {
      const { text } = await arena.ask('/api/v1/status')
      return JSON.parse(text).outbox.waiting === 0
    })
    arena.holds((await arena.control.received(phone)).total === before, 'no such file is sent')
  },
}

const redirects = {
  name: 'webhooks and files that redirect to private addresses, or in circles',
  async act(arena) {
    let hits = 0
    const other = await arena.serve((req, res) => {
      hits += 1
      res.end('secret')
    }, '127.0.0.2')
    const url = await arena.serve((req, res) => {
      req.resume()
      const location = req.url === '/circle' ? '/circle' : `${other}/x`
      res.writeHead(req.method === 'POST' ? 307 : 302, { location }).end()
    })
    const id = await createHook(arena, url)
    const phone = await arena.customer()
    for (const path of ['/away', '/circle'])
      await arena.ask('/api/v1/send', { method: 'POST', body: { to: phone, media: { url: url + path } } })
    await arena.control.sendAsCustomer(phone, account, 'hola')
    await arena.comes('the delivery failed', async () => {
      const { text } = await arena.ask(`${hooks}/${id}/logs`)
      return /"(attempts|tries|attemptCount)":\s*[1-9]|30[27]/.test(text)
    })
    await arena.ask(`${hooks}/${id}`, { method: 'DELETE' })
    await arena.comes(
      'the files failed',
      async () => (await arena.texts(phone)).filter(({ status }) => status === 'failed').length === 2,
    )
    arena.holds(hits === 0, 'what they point to is not asked')
  },
}

export const webhookIdeas = [hostileReceivers, addresses, redirects]

// Attacks on the connections: slow ones, many of them, and malformed HTTP.
import { once } from 'node:events'
import { key, pause, taken } from './arena.mjs'

const head = (line, ...headers) =>
  [line, 'Host: localhost', `Authorization: Bearer ${key}`, ...headers, '', ''].join('\r\n')

const ended = (sockets, withinMs) =>
  Promise.race([
    Promise.all(sockets.map((socket) => (socket.isOver ? undefined : once(socket, 'close')))).then(
      () => true,
    ),
    pause(withinMs).then(() => false),
  ])

/** Opens connections as a network brings them: some at once, then the next ones. */
async function openMany(arena, count, textOf) {
  const sockets = []
  while (sockets.length < count) {
    const from = sockets.length
    const next = Array.from({ length: Math.min(30, count - from) }, (_, n) => arena.socket(textOf(from + n)))
    sockets.push(...(await Promise.all(next)))
  }
  return sockets
}

const slowHeaders = {
  name: '300 clients that begin a request and say no more',
  async act(arena) {
    const sockets = await openMany(arena, 300, (n) => (n % 2 ? 'GET / HT' : 'GET / HTTP/1.1\r\nX-A: '))
    await pause(1000)
    const { status } = await arena.ask('/api/v1/status')
    arena.holds(status === 200, 'others are served')
    arena.slowHeaders = sockets
  },
}

const slowHeadersEnd = {
  name: 'clients that drip headers are let go after 10 s',
  isSlow: true,
  async act(arena) {
    const sockets = await openMany(arena, 100, () => 'GET / HTTP/1.1\r\n')
    const timer = setInterval(() => sockets.forEach((socket) => socket.write('X: y\r\n')), 1000)
    arena.holds(await ended(sockets, 20_000), 'all are ended')
    clearInterval(timer)
    arena.holds(
      sockets.every(({ said }) => said === '' || said.startsWith('HTTP/1.1 4')),
      'with a refusal',
    )
  },
}

const slowUploads = {
  name: '300 uploads side by side that hardly come',
  async act(arena) {
    const request = head('POST /api/v1/media?fileName=a.bin HTTP/1.1', 'Content-Length: 60000000')
    const sockets = await openMany(arena, 300, () => `${request}slow`)
    await arena.comes(
      'all but a few are refused',
      () => sockets.filter(({ said }) => said.startsWith('HTTP/1.1 429')).length >= 290,
    )
    await arena.comes('few are let in', () => sockets.filter(({ said }) => said === '').length <= 4)
    const { key: other } = await arena.newKey()
    const { status } = await arena.ask('/api/v1/media?fileName=b.txt', {
      method: 'POST',
      raw: 'a file of another key',
      key: other,
    })
    arena.holds(status === 201, `another key uploads (it was ${status})`)
  },
}

const forms = {
  name: 'a form without a file, one that never ends, and one of 100,000 parts',
  async act(arena) {
    const type = 'Content-Type: multipart/form-data; boundary=b'
    const post = (...headers) => head('POST /api/v1/media HTTP/1.1', type, ...headers)
    const part = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    const without = `${part}--b--\r\n`
    const first = await arena.socket(`${post(`Content-Length: ${without.length}`)}${without}`)
    await arena.comes('a form without a file is refused', () => first.said.startsWith('HTTP/1.1 400'))
    const many = await arena.socket(post('Transfer-Encoding: chunked'))
    const chunk = `${(part.length * 200).toString(16)}\r\n${part.repeat(200)}\r\n`
    for (let n = 0; n < 500 && !many.isOver; n++) {
      if (!many.write(chunk)) await Promise.race([taken(many), pause(2000)])
    }
    await arena.comes('many parts are refused', () => many.said.startsWith('HTTP/1.1 4') || many.isOver)
    const nested = await arena.socket(`${post('Transfer-Encoding: chunked')}5\r\n--b\r\n\r\n`)
    const headerLine = `X-${'a'.repeat(4000)}: ${'b'.repeat(12_000)}\r\n`
    const piece = `${headerLine.length.toString(16)}\r\n${headerLine}\r\n`
    for (let n = 0; n < 200 && !nested.isOver; n++) nested.write(piece)
    await arena.comes(
      'endless headers of a part are refused',
      () => nested.said.startsWith('HTTP/1.1 4') || nested.isOver,
    )
  },
}

const endlessForm = {
  name: 'a form that drips ends after 30 s',
  isSlow: true,
  async act(arena) {
    const type = 'Content-Type: multipart/form-data; boundary=b'
    const socket = await arena.socket(head('POST /api/v1/media HTTP/1.1', type, 'Transfer-Encoding: chunked'))
    const timer = setInterval(() => socket.write('1\r\nx\r\n'), 500)
    await arena.comes('it is refused', () => socket.said.startsWith('HTTP/1.1 400'), 40_000)
    clearInterval(timer)
  },
}

const pipelined = {
  name: '1,000 requests on one connection without waiting, and ones hidden in bodies',
  async act(arena) {
    const few = await arena.socket(head('GET /api/v1/status HTTP/1.1').repeat(30))
    await arena.comes('30 are answered', () => few.said.split('HTTP/1.1 200').length === 31)
    const many = await arena.socket(head('GET /api/v1/status HTTP/1.1').repeat(1000))
    await arena.comes('1,000 end the connection', () => many.isOver)
    const hidden = head('DELETE /api/v1/customers/1 HTTP/1.1')
    const bodies = [
      `POST /api/v1/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
      `POST /api/v1/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /api/v1/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n${hidden}`,
      `POST /api/v1/send HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
      `GET /api/v1/send HTTP/1.1\nHost: localhost\nTransfer-Encoding : chunked\n\n0\n\n${hidden}`,
    ]
    for (const text of bodies) {
      const smuggler = await arena.socket(text)
      await arena.comes('it is answered', () => smuggler.said.startsWith('HTTP/1.1') || smuggler.isOver)
    }
    const { status } = await arena.ask('/api/v1/customers/1')
    arena.holds(status === 200, 'no hidden request was carried out')
  },
}

const upgrades = {
  name: 'WebSocket upgrades, CONNECT, TRACE, HTTP/2 prefaces and TLS on the port',
  async act(arena) {
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: eA==',
    ]
    const texts = [
      head('GET /api/v1/events/stream HTTP/1.1', ...upgrade, 'Last-Event-ID: abc'),
      head(
        'GET /healthz HTTP/1.1',
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AA',
      ),
      head('CONNECT 127.0.0.1:22 HTTP/1.1'),
      head('TRACE / HTTP/1.1'),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
      `GET /${'a'.repeat(70_000)} HTTP/1.1\r\n\r\n`,
      head('GET http://169.254.169.254/latest HTTP/1.1'),
      head('GET * HTTP/1.1'),
    ]
    const sockets = await Promise.all(texts.map((text) => arena.socket(text)))
    for (const [at, socket] of sockets.entries())
      await arena.comes(
        `an answer to ${JSON.stringify(texts[at].slice(0, 30))}`,
        () => socket.said !== '' || socket.isOver,
      )
    arena.holds(
      sockets.every(({ said }) => !said.startsWith('HTTP/1.1 101') && !said.startsWith('HTTP/1.1 5')),
      'nothing is switched, nothing breaks',
    )
  },
}

const readers = {
  name: '300 clients that read nothing of long answers',
  async act(arena) {
    const text = head('GET /openapi.json HTTP/1.1').repeat(4)
    const sockets = await openMany(arena, 300, () => '')
    for (const [n, socket] of sockets.entries()) {
      socket.pause()
      socket.write(text)
      if (n % 30 === 0) await pause(20)
    }
    await pause(2000)
    const { status } = await arena.ask('/api/v1/status')
    arena.holds(status === 200, 'others are served')
  },
}

export const connectionIdeas = [
  slowHeaders,
  slowUploads,
  forms,
  pipelined,
  upgrades,
  readers,
  slowHeadersEnd,
  endlessForm,
]

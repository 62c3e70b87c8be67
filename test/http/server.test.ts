import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { SetupError } from '../../src/core/errors.ts'
import { RawAnswer, route } from '../../src/http/route.ts'
import type { Route } from '../../src/http/route.ts'
import { until } from '../support/until.ts'
import { simple, startKernel } from './kernel.ts'

class Signal {
  give: () => void = () => undefined
  readonly given = new Promise<void>((resolve) => {
    this.give = resolve
  })
}

/** A route that answers when it is told to. */
function gated(): { route: Route; arrived: Promise<void>; open: () => void } {
  const arrival = new Signal()
  const gate = new Signal()
  const spec = { method: 'get', path: '/slow', id: 'slow', summary: 'x', tag: 'Test', scope: null } as const
  const slow = route({ ...spec, response: z.object({ ok: z.boolean() }) }).handle(async () => {
    arrival.give()
    await gate.given
    return { ok: true }
  })
  return { route: slow, arrived: arrival.given, open: () => gate.give() }
}

test('a stop lets a running request finish and accepts no new one', async () => {
  const slow = gated()
  const { client, server } = await startKernel([slow.route])
  const answer = client.get('/slow')
  await slow.arrived
  const stopped = server.stop()
  await expect(client.get('/slow')).rejects.toThrow('fetch failed')
  slow.open()
  const { status, headers } = await answer
  expect([status, headers.get('connection')]).toEqual([200, 'close'])
  await stopped
})

test('a stop ends idle connections at once', async () => {
  const { server, port } = await startKernel([simple('/a')], { stopGraceMs: 60_000 })
  const socket = connect(port, '127.0.0.1', () => socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\n'))
  await new Promise((resolve) => socket.once('data', resolve))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await server.stop()
  await expect(closed).resolves.toBe(false)
})

test('a stop does not wait for a request longer than its grace', async () => {
  const slow = gated()
  const { client, server } = await startKernel([slow.route], { stopGraceMs: 50 })
  const answer = client.get('/slow').catch((error: unknown) => error)
  await slow.arrived
  await server.stop()
  expect(await answer).toBeInstanceOf(Error)
  slow.open()
})

test('a stop without a start does nothing', async () => {
  const { server } = await startKernel([])
  await server.stop()
  await server.stop()
  expect(() => server.address).toThrow('not listening')
})

test('a request that does not arrive in time is answered with 408', async () => {
  const { server, port } = await startKernel([simple('/a')], { requestTimeoutMs: 100 })
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /a HTTP/1.1\r\n'))
    socket.once('data', (data) => resolve(data.toString()))
  })
  expect(answer).toMatch(/^HTTP\/1.1 408 /)
  await server.stop()
})

test('a taken port stops the start with a sentence that names the setting', async () => {
  const first = await startKernel([])
  const second = startKernel([], { port: first.port })
  await expect(second).rejects.toThrow(SetupError)
  await expect(second).rejects.toThrow(/Another program uses port .*: set server\.port/)
  await first.server.stop()
})

test('an address that is not of this machine stops the start with a sentence that names the setting', async () => {
  await expect(startKernel([], { host: '192.0.2.1' })).rejects.toThrow(/set server\.host/)
})

test('two routes of one method and path stop the start', async () => {
  const both = startKernel([simple('/things/:id', 'a'), simple('/things/:other', 'b')])
  await expect(both).rejects.toThrow('Two routes share GET /things/:: a and b')
  await expect(startKernel([simple('/a', 'same'), simple('/b', 'same')])).rejects.toThrow(SetupError)
})

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** A connection on which anything is written; what came back is read only where that is wanted. */
async function openSocket(port: number, text: string, reads = true) {
  const socket = connect(port, '127.0.0.1')
  const seen = { said: '', ended: false, socket }
  socket.on('close', () => (seen.ended = true)).on('error', () => undefined)
  if (reads) socket.setEncoding('latin1').on('data', (piece: string) => (seen.said += piece))
  onTestFinished(() => void socket.destroy())
  socket.write(text)
  await once(socket, 'connect')
  return seen
}

test('requests that a client sends ahead are handled one after the other, with those of others in between', async () => {
  const order: string[] = []
  const listed = (path: string) =>
    route({
      method: 'get',
      path,
      id: path,
      summary: path,
      tag: 'Test',
      scope: null,
      response: z.object({ path: z.string() }),
    }).handle(async () => {
      order.push(`begins ${path}`)
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`ends ${path}`)
      return { path }
    })
  const { port } = await startKernel(['/a', '/b', '/c'].map(listed))
  const seen = await openSocket(port, ['/a', '/b', '/c'].map(request).join(''))
  await until('all are answered', () => seen.said.split('HTTP/1.1 200').length === 4)
  expect(order).toEqual(['/a', '/b', '/c'].flatMap((path) => [`begins ${path}`, `ends ${path}`]))
  expect([...seen.said.matchAll(/"path":"(..)"/g)].map(([, path]) => path)).toEqual(['/a', '/b', '/c'])
})

test('a client that sends more than 32 requests ahead is cut off, and others are served', async () => {
  const slow = gated()
  const { client, port } = await startKernel([slow.route, simple('/a')])
  const patient = await openSocket(port, request('/slow') + request('/a').repeat(32))
  const greedy = await openSocket(port, request('/slow') + request('/a').repeat(33))
  await until('the greedy one is cut off', () => greedy.ended)
  expect((await client.get('/a')).status).toBe(200)
  slow.open()
  await until('the other one has all', () => patient.said.split('HTTP/1.1 200').length === 34)
})

test('answers that are not taken hold no more than 64 MiB: the oldest ones are cut', async () => {
  const large = 'x'.repeat(16 * 2 ** 20)
  const spec = { method: 'get', path: '/large', id: 'l', summary: 'l', tag: 'Test', scope: null } as const
  const { client, port } = await startKernel([
    route({ ...spec, response: z.unknown() }).handle(() => new RawAnswer('text/plain', large)),
  ])
  const sockets = []
  for (let n = 0; n < 8; n++) sockets.push(await openSocket(port, request('/large'), false))
  // Reading begins only now: a cut answer ends before it is complete.
  const got = await Promise.all(
    sockets.map(async ({ socket }) => {
      let bytes = 0
      socket.on('data', (piece: Buffer) => (bytes += piece.length))
      await until('it is whole or cut', () => bytes > large.length || socket.destroyed)
      return bytes > large.length
    }),
  )
  expect(got.filter((whole) => !whole).length).toBeGreaterThanOrEqual(4)
  expect(got.slice(-3)).toEqual([true, true, true])
  expect((await client.get('/large')).text.length).toBe(large.length)
})

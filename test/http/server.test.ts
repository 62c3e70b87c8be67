import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { SetupError } from '../../src/core/errors.ts'
import { route } from '../../src/http/route.ts'
import type { Route } from '../../src/http/route.ts'
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
  await expect(second).rejects.toThrow(/taken by another program: set server\.port/)
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

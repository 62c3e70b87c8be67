import { afterEach, beforeEach } from 'vitest'
import { Sandbox, type SandboxOptions } from '../../../src/sandbox/sandbox.ts'
import type { Customer } from '../../../src/sandbox/people/customer.ts'
import type { Phone } from '../../../src/sandbox/people/phone.ts'
import { Client } from './client.ts'

export interface World {
  sandbox: Sandbox
  phone: Phone
  maria: Customer
  /** A client of the world's sandbox, ended after the test. */
  client(auth?: Client['auth'], options?: ConstructorParameters<typeof Client>[2]): Client
}

/** A running sandbox with an owner and a customer, new for each test. */
export function useWorld(options: SandboxOptions = {}): World {
  const clients: Client[] = []
  const world = {
    client(auth, settings) {
      const made = new Client(world.sandbox, auth, settings)
      clients.push(made)
      return made
    },
  } as World
  beforeEach(async () => {
    world.sandbox = new Sandbox(options)
    await world.sandbox.start()
    world.phone = world.sandbox.phone('34600000001', { name: 'Ana' })
    world.maria = world.sandbox.customer('34611111111', { name: 'María' })
  })
  afterEach(async () => {
    try {
      await Promise.all(clients.splice(0).map((each) => each.end()))
    } finally {
      await world.sandbox.stop()
    }
  })
  return world
}

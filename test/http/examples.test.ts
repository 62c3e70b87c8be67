import { expect, test } from 'vitest'
import { botonRoutes } from '../../src/http/facades/boton/routes.ts'
import { qrCodeRoute } from '../../src/http/facades/botbiz/qr-code.ts'
import { sharedRoutes } from '../../src/http/facades/shared/routes.ts'
import type { HttpServices } from '../../src/http/services.ts'
import { systemClock } from '../../src/util/clock.ts'

// Declaring a route calls no service.
const services = {} as HttpServices
const routes = [
  ...botonRoutes(services),
  ...sharedRoutes(services, { version: '0', clock: systemClock }),
  qrCodeRoute(services),
]

test.each(routes.map((route) => [route.spec.id, route.spec] as const))(
  'the examples of %s satisfy its schemas',
  (_id, spec) => {
    expect(spec.response.parse(spec.examples?.response)).toEqual(spec.examples?.response)
    const body = spec.body?.safeParse(spec.examples?.body)
    expect(body?.error).toBeUndefined()
  },
)

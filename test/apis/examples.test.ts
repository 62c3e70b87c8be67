import { expect, test } from 'vitest'
import { declaredRoutes } from '../../src/daemon/http-server.ts'

const specs = declaredRoutes('0').map(({ spec }) => [spec.id, spec] as const)

test.each(specs)('the examples of %s satisfy its schemas', (_id, spec) => {
  const { examples, accepted } = spec
  // Bytes and files have none.
  if (spec.response) expect(spec.response.parse(examples?.response)).toEqual(examples?.response)
  expect(accepted?.response.parse(accepted.example)).toEqual(accepted?.example)
  const body = spec.body?.safeParse(examples?.body)
  expect(body?.error).toBeUndefined()
})

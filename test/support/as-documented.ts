import { afterAll, afterEach, expect } from 'vitest'
import { takeFaults } from './watched-fetch.ts'

/**
 * Holds every answer of the gateway that a test sees, in this process or from a daemon, against the OpenAPI document: its
 * status, headers, content type and body. A test in which one is not as promised fails.
 */
const check = () => expect(takeFaults(), 'answers that break the OpenAPI document').toEqual([])
afterEach(check)
afterAll(check)

import type { TestProject } from 'vitest/node'
import { gatewayDocument } from '../../src/daemon/http-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The OpenAPI document of the sources under test. */
    document: string
  }
}

/** Writes the document once for all test files. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('document', await gatewayDocument('0.0.0-test'))
}

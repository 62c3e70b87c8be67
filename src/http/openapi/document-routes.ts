import { RawAnswer, route } from '../route.ts'
import type { Route } from '../route.ts'
import { describe } from './openapi.ts'
import type { ApiInfo } from './openapi.ts'
import { readPreparedDocument } from './prepared-document.ts'

/** Returns the OpenAPI document of `routes`, at both of its usual addresses. */
export function documentRoutes(routes: readonly Route[], info: ApiInfo): Route[] {
  // Its bytes are made once: hundreds of clients share them.
  let document: Promise<Uint8Array> | undefined
  const bytes = async () => Buffer.from((await readPreparedDocument(info)) ?? (await describe(routes, info)))
  return (['/openapi.json', '/api-json'] as const).map((path) =>
    route({
      method: 'get',
      path,
      id: path === '/openapi.json' ? 'docs.openapi' : 'docs.api-json',
      summary: 'The API as an OpenAPI 3.1 document',
      tag: 'Documentation',
      scope: null,
      raw: 'application/json',
    }).handle(async () => new RawAnswer('application/json; charset=utf-8', await (document ??= bytes()))),
  )
}

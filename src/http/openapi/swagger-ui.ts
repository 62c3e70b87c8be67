import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { RawAnswer, route } from '../route.ts'
import type { Route } from '../route.ts'

/** Returns the page; `up` leads from its address to the folder of `/api`. */
const pageAt = (up: '' | '../../') => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Zaguán API</title>
<link rel="stylesheet" href="${up}api/swagger-ui.css">
<link rel="icon" href="${up}api/favicon-32x32.png">
</head>
<body>
<div id="api"></div>
<script src="${up}api/swagger-ui-bundle.js"></script>
<script src="${up}api/start.js"></script>
</body>
</html>
`

/**
 * The library resolves relative addresses against the page: a trailing slash would make it look one folder too deep.
 */
const startScript = `if (location.pathname.endsWith('/')) history.replaceState(null, '', '../api' + location.hash)
SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
})
`

/** Everything comes from this server, and the page may call nothing else. Its library writes inline styles. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const files: Record<string, string> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

/** Returns the routes of Swagger UI at `/api`, served from its package. */
export function swaggerRoutes(): Route[] {
  const common = { method: 'get', tag: 'Documentation', scope: null } as const
  return [
    route({
      ...common,
      raw: 'text/html',
      path: '/api',
      id: 'docs.ui',
      summary: 'The API, to read and to try',
    }).handle(
      // Relative addresses, since a proxy may mount the gateway below a folder.
      ({ path }) => {
        const page = pageAt(path.endsWith('/') ? '../../' : '')
        return new RawAnswer('text/html; charset=utf-8', page, { 'Content-Security-Policy': policy })
      },
    ),
    route({
      ...common,
      raw: '*/*',
      path: '/api/:file',
      id: 'docs.ui.files',
      summary: 'The files of the page at /api',
      params: z.strictObject({ file: z.string() }),
    }).handle(async ({ params: { file } }) => {
      if (file === 'start.js') return new RawAnswer('text/javascript; charset=utf-8', startScript)
      const type = Object.hasOwn(files, file) ? files[file] : undefined
      if (type === undefined) throw new AppError('not_found', 'This address does not exist')
      return new RawAnswer(type, await bytesOf(file))
    }),
  ]
}

const bytesOfFiles = new Map<string, Promise<Uint8Array>>()

/** Returns a file of the package, read once: hundreds of clients share its bytes. */
function bytesOf(file: string): Promise<Uint8Array> {
  const known = bytesOfFiles.get(file)
  if (known !== undefined) return known
  const bytes = readFile(join(packageFolder(), file))
  bytes.catch(() => bytesOfFiles.delete(file))
  bytesOfFiles.set(file, bytes)
  return bytes
}

function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
}

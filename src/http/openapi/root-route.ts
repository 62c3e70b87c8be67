import { z } from 'zod'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** What the root names, under its name there: public addresses only. */
const paths = { documentation: '/api', openapi: '/openapi.json', alive: '/healthz', ready: '/readyz' }

const link = z.url()

const RootBody = z.object({
  name: z.literal('Zaguán'),
  say: z.string(),
  links: z.object({ documentation: link, openapi: link, alive: link, ready: link }),
})

/**
 * Returns the route of `/`: whoever opens the address that the terminal prints learns what is here and where to go on. It
 * names no version, as it asks for no key.
 * @param baseUrl returns the server's address as the client knows it
 */
export function rootRoute(baseUrl: () => string): Route {
  return route({
    method: 'get',
    path: '/',
    id: 'docs.root',
    summary: 'Say what is at this address',
    tag: 'Documentation',
    scope: null,
    response: RootBody,
  }).handle(() => {
    const at = (path: string) => `${baseUrl()}${path}`
    return {
      name: 'Zaguán' as const,
      say: 'This is a WhatsApp gateway. Its API needs a key: open `documentation` in a browser to read how it is used.',
      links: {
        documentation: at(paths.documentation),
        openapi: at(paths.openapi),
        alive: at(paths.alive),
        ready: at(paths.ready),
      },
    }
  })
}

import { Agent as HttpsAgent } from 'node:https'
import type { UserFacingSocketConfig } from '@whiskeysockets/baileys'
import { Agent, buildConnector } from 'undici'

/**
 * Options of a client in this process that trusts the media host of a sandbox, and finds it behind WhatsApp's own
 * names. Another process only needs the certificate in `NODE_EXTRA_CA_CERTS`.
 */
export function trusting(sandbox: {
  mediaHost: string
  mediaCertificate: string
}): Partial<UserFacingSocketConfig> {
  const ca = sandbox.mediaCertificate
  const connect = buildConnector({ ca })
  const [hostname = '', port = ''] = sandbox.mediaHost.split(':')
  const dispatcher = new Agent({
    connect: (target, done) =>
      connect(target.hostname.endsWith('.whatsapp.net') ? { ...target, hostname, port } : target, done),
  })
  const options = { dispatcher } as unknown as UserFacingSocketConfig['options']
  return { fetchAgent: new HttpsAgent({ ca }), ...(options ? { options } : {}) }
}

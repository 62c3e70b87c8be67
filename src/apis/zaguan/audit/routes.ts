import { AuditList, AuditQuery, presentAudit } from './schema.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { Audit } from '../../../features/events/audit.ts'

const example = {
  id: 12,
  timestamp: '2026-03-25T14:00:00.000Z',
  action: 'webhook.created' as const,
  actor: 'key' as const,
  keyId: 2,
  keyPrefix: 'bsk_live_4fJ2',
  address: '203.0.113.7',
  accountId: 1,
  account: 'wha_1',
  subject: 'webhook 3',
  detail: { name: 'CRM', host: 'crm.example.com' },
}

/** Returns the routes of the audit log, under both addresses of the management. */
export function auditRoutes(audit: Audit): Route[] {
  return (['/api-management/audit', '/api/v1/api-management/audit'] as const).map((path) =>
    route({
      method: 'get',
      path,
      id: path.startsWith('/api/') ? 'audit.list.v1' : 'audit.list',
      summary: 'List the audit log, newest first',
      description:
        'Changes to keys, webhooks, accounts, configuration, takeovers and erasures, with the key and the client’s address. Kept for a year. ' +
        'A key of one account sees the entries of that account.',
      tag: 'API keys',
      scope: 'admin',
      query: AuditQuery,
      response: AuditList,
      examples: { response: { entries: [example], nextBefore: null } },
    }).handle(async ({ query, caller }) =>
      presentAudit(await audit.list(caller, { ...query, keyId: query.key }), query.limit),
    ),
  )
}

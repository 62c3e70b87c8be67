import type { TestApp } from '../support/app.ts'
import type { HttpClient } from '../support/http-client.ts'

/** Makes account 2, linked and connected, to which a customer has written. */
export async function addSecondAccount(app: TestApp, owner: HttpClient, customer: string): Promise<void> {
  const phone = '34600999888'
  await owner.post('/v1/whatsapp/accounts', { phone_number: `+${phone}`, name: 'Other' })
  await app.services.inbox.identified(2, { phone, lid: null })
  await app.services.inbox.connection(2, { kind: 'open', since: new Date() })
  await app.inbound({ account: 2, phone: customer, pushName: 'Ana' })
}

import type { Account } from '../../../src/core/account.ts'

/** An account that was never linked. */
export const unlinkedAccount: Account = {
  id: 1,
  network: 'whatsapp',
  name: 'Main',
  status: 'pending',
  phone: null,
  lid: null,
  expectedPhone: null,
  refusedPhone: null,
  acceptsOtherNumber: false,
  test: false,
  createdAt: new Date(0),
  linkedAt: null,
}

import type { Accounts } from '../services/accounts.ts'
import type { ApiKeys } from '../services/api-keys.ts'
import type { Chats } from '../services/chats.ts'
import type { Idempotency } from '../services/idempotency.ts'
import type { Linking } from '../services/linking.ts'
import type { Messages } from '../services/messages.ts'
import type { Outbox } from '../services/outbox.ts'
import type { AccountSettings } from '../services/settings-store.ts'
import type { Status } from '../services/status.ts'

/** What the routes call. Each façade takes only what it needs of these. */
export interface HttpServices {
  apiKeys: Pick<ApiKeys, 'authenticate'>
  status: Pick<Status, 'report'>
  chats: Pick<Chats, 'list' | 'update' | 'messages'>
  messages: Pick<Messages, 'get' | 'progress'>
  outbox: Pick<Outbox, 'send' | 'cancel'>
  settings: Pick<AccountSettings, 'get' | 'update'>
  accounts: Pick<Accounts, 'get' | 'list'>
  linking: Pick<Linking, 'report' | 'qr' | 'pairingCode' | 'passkey' | 'answerPasskey' | 'confirmPasskey'>
  idempotency: Pick<Idempotency, 'run'>
}

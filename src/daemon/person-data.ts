import type { PersonData } from '../core/person-data.ts'
import { accessPersonData } from '../features/access/person-data.ts'
import { botPersonData } from '../features/bot/person-data.ts'
import { chatsPersonData } from '../features/chats/person-data.ts'
import { contactsPersonData } from '../features/contacts/person-data.ts'
import { eventsPersonData } from '../features/events/person-data.ts'
import { messagesPersonData } from '../features/messages/person-data.ts'
import { sendingPersonData } from '../features/sending/person-data.ts'
import { webhooksPersonData } from '../features/webhooks/person-data.ts'

/** All that is kept of people, in the order in which it is merged and erased: from the last feature to the first. */
export const personData: readonly PersonData[] = [
  botPersonData,
  sendingPersonData,
  messagesPersonData,
  chatsPersonData,
  contactsPersonData,
  webhooksPersonData,
  accessPersonData,
  eventsPersonData,
]

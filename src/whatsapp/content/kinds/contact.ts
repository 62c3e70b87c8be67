import type { proto } from '@whiskeysockets/baileys'
import type { ContactCard } from '../../../core/content.ts'
import { label } from '../checked.ts'
import { readCard, writeCard } from '../vcard.ts'
import type { Context, KindModule, SentOf } from './module.ts'

export const contact: KindModule<'contact'> = {
  read: {
    contactMessage: (part) => {
      const card = readCard(part)
      return { kind: 'contact', text: card.name, details: { contacts: [card] } }
    },
    contactsArrayMessage: ({ displayName, contacts }) => {
      const cards = (contacts ?? []).slice(0, 50).map(readCard)
      const text = label(displayName) || cards.map(({ name }) => name).join(', ')
      return { kind: 'contact', text, details: { contacts: cards } }
    },
  },
  write: writeContacts,
  quote: (text) => ({ contactMessage: { displayName: text } }),
  hasSecret: false,
}

function writeContacts({ text, details }: SentOf<'contact'>, context: Context): proto.IMessage {
  const cards = (details?.contacts ?? []).map(cardOf)
  const [only] = cards
  if (only && cards.length === 1) return { contactMessage: { ...only, ...context } }
  return { contactsArrayMessage: { displayName: text, contacts: cards, ...context } }
}

function cardOf({ name, phones, vcard }: ContactCard): proto.Message.IContactMessage {
  return { displayName: name, vcard: vcard === '' ? writeCard(name, phones) : vcard }
}

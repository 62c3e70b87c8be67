import { randomBytes } from 'node:crypto'
import type { AccountId } from '../../core/ids.ts'
import type { Quote } from '../../core/content.ts'
import { withContext } from '../../core/message-body.ts'
import type { MessageBody } from '../../core/message-body.ts'
import { AppError } from '../../core/errors.ts'
import { phoneJid } from '../../core/jid.ts'
import { isAction } from '../../core/message-kind.ts'
import { wordsOfNew } from '../messages/outgoing.ts'
import type { NewBody, NewContent } from '../messages/outgoing.ts'
import { cutText } from '../../util/text.ts'
import { findAccount } from '../accounts/records.ts'
import { findChat } from '../chats/records.ts'
import type { Message } from '../messages/message.ts'
import { findMessage } from '../messages/records.ts'
import type { Trx } from '../../db/tables.ts'
import type { Attachment } from './attachments.ts'
import type { OutboxMessage } from './outbox-message.ts'
import type { SendRequest } from './send-request.ts'

/** Holds the stored content of a new message: the same for every try. */
type Composed = MessageBody & { text: string }

/** Holds the part of a send that one recipient gets. */
export type OneSend = Pick<SendRequest, 'text' | 'template' | 'content' | 'category' | 'confirmBulk'> & {
  attachment: Attachment | undefined
  expiresAt?: Date
}

const maxQuoteLength = 500

/**
 * Composes a message for one recipient; undefined if the send has nothing for people.
 * @throws AppError invalid_request if the quoted message is in another chat; conflict if it is deleted
 */
export async function compose(
  trx: Trx,
  to: { accountId: AccountId; jid: string },
  { text, content, attachment, template, category, confirmBulk, expiresAt }: OneSend,
): Promise<OutboxMessage | undefined> {
  if (text === undefined && content === undefined && attachment === undefined) return undefined
  return {
    jid: to.jid,
    ...(await composeContent(trx, to, content ?? { body: { kind: 'text' } }, text ?? '')),
    attachment,
    author: 'api',
    category,
    confirmBulk,
    template: template?.name,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

async function composeContent(
  trx: Trx,
  to: { accountId: AccountId; jid: string },
  { body, replyTo, mentions, forwarded }: NewContent,
  text: string,
): Promise<Composed> {
  const quote = replyTo === undefined ? undefined : await quoteOf(trx, to, replyTo)
  return withContext(composeBody(body, text), {
    ...(quote ? { quote } : {}),
    ...(mentions?.length ? { mentions: [...mentions] } : {}),
    ...(forwarded ? { forwarded: 1 } : {}),
  })
}

function composeBody(body: NewBody, given: string): Composed {
  const text = wordsOfNew(body, given)
  switch (body.kind) {
    case 'text': {
      const { linkPreview, choices = [] } = body
      return { kind: 'text', text: numbered(text, choices), details: linkPreview ? { linkPreview } : null }
    }
    case 'location':
      return { kind: 'location', text, details: { place: { ...body.place, live: false } } }
    case 'contact': {
      const { name, phones } = body.contact
      // The card itself is written when it goes out.
      return { kind: 'contact', text, details: { contacts: [{ name, phones: [...phones], vcard: '' }] } }
    }
    case 'poll': {
      const secret = randomBytes(32).toString('base64')
      return { kind: 'poll', text, details: { poll: body.poll, secret } }
    }
    default:
      return body satisfies never
  }
}

/** Lists the choices under the text, one per line: the customer answers with the number. */
function numbered(
  text: string,
  choices: readonly { title: string; description?: string | undefined }[],
): string {
  const lines = choices.map(
    ({ title, description }, index) => `${index + 1}. ${title}${description ? ` – ${description}` : ''}`,
  )
  return lines.length === 0 ? text : `${text}\n\n${lines.join('\n')}`
}

async function quoteOf(trx: Trx, to: { accountId: AccountId; jid: string }, id: number): Promise<Quote> {
  const { accountId } = to
  const message = await findMessage(trx, accountId, id)
  const chat = await findChat(trx, accountId, to.jid)
  if (!message || isAction(message.kind) || message.chatId !== chat?.id) {
    throw new AppError('invalid_request', 'This chat has no message with this id.', {
      details: [{ field: 'body.replyTo', message: 'expected the id of a message of the same chat' }],
    })
  }
  if (message.deletedAt) throw new AppError('conflict', 'The quoted message is deleted.')
  const { waId, direction } = message
  return {
    waId,
    fromMe: direction === 'outgoing',
    participant: await authorOf(trx, accountId, message),
    kind: message.kind,
    text: cutText(message.text, maxQuoteLength),
    messageId: message.id,
  }
}

/** Returns the author's jid of a message, in the kind of address that its chat uses. */
async function authorOf(
  trx: Trx,
  accountId: AccountId,
  { direction, participant, chatJid }: Message,
): Promise<string> {
  if (direction === 'incoming') return participant ?? chatJid
  const account = await findAccount(trx, accountId)
  const phone = account?.phone ? phoneJid(account.phone) : chatJid
  return chatJid.endsWith('@lid') ? (account?.lid ?? phone) : phone
}

import { appendEvent } from '../events/records.ts'
import type { Reaction } from '../messages/arrival.ts'
import { insertLead } from './queries/catalogue.ts'

/** Records a lead for a person who tapped an advertisement and wrote nothing: there are no words to answer. */
export const recordAdLead: Reaction = async (trx, { accountId, chat, message, at, isReported }) => {
  if (!isReported || message.fromMe || message.kind !== 'text' || message.chat.kind !== 'person') return
  const { ad } = message.details ?? {}
  const { id: chatId, customerId } = chat
  if (!ad || message.text.trim() !== '' || customerId === null) return
  const name = ad.title || ad.body.slice(0, 200) || ad.sourceUrl || ad.sourceId
  const interest = `Tapped an advertisement and wrote nothing: ${name}`.slice(0, 500)
  const leadId = await insertLead(trx, { accountId, chatId, customerId, productId: null, interest, at })
  await appendEvent(trx, { name: 'lead.created', accountId, chatId, data: { leadId, chatId } }, at)
}

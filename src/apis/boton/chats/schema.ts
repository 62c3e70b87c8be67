import { presentUsername, usernameField } from '../../shared/username.ts'
import { z } from 'zod'
import type { Chat } from '../../../features/chats/chat.ts'
import { directions, presentStanding, standingFields } from '../../shared/messages.ts'
import { cutText } from '../../../util/text.ts'
import { countParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'
import { noteUnless, omittedField } from '../../shared/without-content.ts'

/** The query of the chat list. */
export const ChatsQuery = z.strictObject({
  page: countParam({ description: 'Page, from 0', default: 0, min: 0 }),
  pageSize: countParam({ description: 'Chats per page', default: 20, min: 1, clampTo: 50 }),
})
/** Holds the parsed query of the chat list. */
export type ChatsQuery = z.output<typeof ChatsQuery>

const BotonChat = z
  .object({
    jid: z.string().meta({ description: 'The phone jid if known, else …@lid; groups …@g.us' }),
    name: z.string(),
    username: usernameField,
    lastMessage: z
      .object({
        text: z.string().meta({ description: 'The text or caption, or a label such as [image]' }),
        direction: z.enum(directions),
        timestamp: z.string(),
        ...standingFields,
      })
      .nullable(),
    messageCount: z.int(),
    botEnabled: z.boolean(),
  })
  .meta({ id: 'BotonChat' })

/** A list shows no more of the last message than phones let people send. */
const maxPreviewLength = 4096

export const BotonChats = z
  .object({
    chats: z.array(BotonChat),
    total: z.int().meta({ description: 'All chats, on every page' }),
    page: z.int(),
    hasMore: z.boolean(),
    note: omittedField,
  })
  .meta({ id: 'BotonChats' })

function presentChat(chat: Chat, content = true): z.input<typeof BotonChat> {
  const last = chat.lastMessage
  const text = content ? cutText(last?.text ?? '', maxPreviewLength) : ''
  return {
    jid: chat.jid,
    name: chat.name,
    ...presentUsername(chat.username),
    lastMessage: last && {
      text,
      direction: last.direction,
      timestamp: iso(last.sentAt),
      ...presentStanding(last),
    },
    messageCount: chat.messageCount,
    botEnabled: chat.botEnabled,
  }
}

/** Shows one page of the list. */
export function presentChats(
  found: { chats: Chat[]; total: number },
  query: ChatsQuery,
  content = true,
): z.input<typeof BotonChats> {
  return {
    chats: found.chats.map((chat) => presentChat(chat, content)),
    total: found.total,
    page: query.page,
    hasMore: (query.page + 1) * query.pageSize < found.total,
    ...noteUnless(content),
  }
}

/** Returns the slice of the list that a page stands for. */
export function readPage({ page, pageSize }: ChatsQuery): { offset: number; limit: number } {
  return { offset: page * pageSize, limit: pageSize }
}

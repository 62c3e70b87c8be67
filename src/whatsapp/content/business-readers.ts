import type { proto } from '@whiskeysockets/baileys'
import type { Choice } from '../../core/content.ts'
import {
  readButtons,
  readChannelInvite,
  readGroupInvite,
  readInteractive,
  readList,
  readPaymentRequest,
  readScheduledCall,
  readStickerPack,
  readStructured,
  readTemplate,
} from './business-kinds.ts'
import { label, words } from './checked.ts'
import { readFormAnswer } from './form.ts'
import type { Readers } from './kinds/module.ts'
import type { Reading } from './reading.ts'

/**
 * Reads offers of businesses and people's answers to them. They have no kind of their own: most become a text, and one with a
 * picture or a place above its words becomes that.
 */
export const businessReaders: Readers = {
  buttonsResponseMessage: (reply) => chosen(reply.selectedButtonId, reply.selectedDisplayText),
  listResponseMessage: (reply) =>
    chosen(reply.singleSelectReply?.selectedRowId, reply.title, reply.description),
  templateButtonReplyMessage: (reply) => chosen(reply.selectedId, reply.selectedDisplayText),
  interactiveResponseMessage: (reply) => ({ kind: 'text', ...readFormAnswer(reply) }),
  buttonsMessage: readButtons,
  listMessage: readList,
  interactiveMessage: readInteractive,
  templateMessage: readTemplate,
  highlyStructuredMessage: readStructured,
  groupInviteMessage: readGroupInvite,
  newsletterAdminInviteMessage: readChannelInvite,
  newsletterFollowerInviteMessageV2: readChannelInvite,
  stickerPackMessage: readStickerPack,
  scheduledCallCreationMessage: readScheduledCall,
  requestPaymentMessage: (part) => readPaymentRequest(part, textIn),
  sendPaymentMessage: ({ noteMessage }) => ({ kind: 'text', text: noteMessage ? textIn(noteMessage) : '' }),
  invoiceMessage: ({ note }) => ({ kind: 'text', text: words(note) }),
  questionResponseMessage: ({ text }) => ({ kind: 'text', text: words(text) }),
  statusQuestionAnswerMessage: ({ text }) => ({ kind: 'text', text: words(text) }),
}

function chosen(id: unknown, title: unknown, description?: unknown): Reading {
  const choice: Choice = {
    id: label(id, 256),
    title: label(title),
    description: label(description, 500),
  }
  return { kind: 'text', text: words(title), details: { choice } }
}

/** Returns the words of a nested message. */
function textIn(message: proto.IMessage): string {
  const { conversation, extendedTextMessage } = message
  return words(conversation ?? extendedTextMessage?.text)
}

import { proto } from '@whiskeysockets/baileys'
import type { MessageAction } from '../../../core/content.ts'
import { isMediaKind } from '../../../features/media/media.ts'
import type { ActionKind } from '../../../core/message-kind.ts'
import { writeFile } from './files.ts'
import { quoteWords } from './module.ts'
import type { KindModule, SentOf } from './module.ts'

const { Type } = proto.Message.ProtocolMessage

/** They come in as changes of other messages, and are read as such. */
const common = { read: {}, quote: quoteWords, hasSecret: false }

export const actions: { [K in ActionKind]: KindModule<K> } = {
  reaction: {
    ...common,
    write: (message) => {
      const action = actionOf(message)
      const { text, at } = action
      return { reactionMessage: { key: keyOf(action), text, senderTimestampMs: at } }
    },
  },
  edit: {
    ...common,
    write: (message) => {
      const action = actionOf(message)
      const editedMessage = writeEdited(action)
      const key = keyOf(action)
      return { protocolMessage: { key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: action.at } }
    },
    stanza: { additionalAttributes: { edit: '1' } },
  },
  delete: {
    ...common,
    write: (message) => ({ protocolMessage: { key: keyOf(actionOf(message)), type: Type.REVOKE } }),
    stanza: { additionalAttributes: { edit: '7' } },
  },
}

function actionOf({ details }: SentOf<ActionKind>): MessageAction {
  if (!details?.action) throw new Error('a change must name its message')
  return details.action
}

/** Writes the edited message: a caption includes everything known about its file. */
function writeEdited({ text, file }: MessageAction): proto.IMessage {
  if (!file || !isMediaKind(file.kind)) return { extendedTextMessage: { text } }
  const { kind, media, upload } = file
  return writeFile({ kind, text, details: { media, upload } }, {})
}

function keyOf({ target, chat }: MessageAction): proto.IMessageKey {
  const { waId, fromMe, participant } = target
  return { remoteJid: chat, fromMe, id: waId, ...(participant === null ? {} : { participant }) }
}
